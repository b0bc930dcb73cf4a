"""What the view shows, as texts, from the daemon's state; nothing here draws."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.numerals import word
from daemon.parameters import SPECS, Spec, Value
from daemon.stateline import course, harmony, is_held, place, tempo, waits
from models.notes import VOICES

State = Mapping[str, Any]
PARAMETERS: Final = (
    *("tempo", "energy", "density", "classical_mix", "repetition", "simplicity", "swing", "humanize"),
    *("melody.temperature", "percussion.temperature", "gate", "transpose"),
)
ROWS: Final = (*(f"{voice}.mute" for voice in VOICES), *PARAMETERS)
"""The parameters that can be chosen, from top to bottom: the voices, then the numbers."""
_NAME_WIDTH: Final = max(map(len, ROWS))
_BAR_WIDTH: Final = 24
_STEPS: Final = 40
_FINE: Final = {"tempo": 1.0}
_FULL, _EMPTY = "█", "░"
_DRUMS: Final = ("kick", "snare", "clap", "closed_hat", "open_hat", "tom", "crash", "ride", "rim")


def head(state: State) -> str:
    """Return where the music is: bar, beat of it, tempo, and what is recorded or played in."""
    transport = state["transport"]
    beat = f", beat {int(transport['beat'] % 4) + 1}" if transport["state"] == "playing" else ""
    more = []
    if state.get("recording", {}).get("path"):
        more.append("records")
    if state.get("params", {}).get("loop", "off") != "off":
        more.append(f"loop of {state['params']['loop']}")
    return "   ".join([f"{place(state)}{beat}", tempo(state), *more])


def section(state: State) -> str:
    """Return the section with the bars to go, and what follows."""
    return course(state.get("plan") or {}, is_held=is_held(state))


def keys_and_chords(state: State) -> str:
    """Return key and chords of this bar, and the chords of the next."""
    plan = state.get("plan") or {}
    after = plan.get("next") or {}
    coming = " ".join(dict.fromkeys(chord for chord in after.get("chords", ()) if chord))
    return harmony(plan) + (f"   next bar: {coming}" if coming else "")


def voice(state: State, name: str) -> str:
    """Return one voice: whether it plays, and how busy it is planned."""
    levels = (state.get("plan") or {}).get("levels", {})
    if name == "drums":
        busy = [drum.replace("_", " ") for drum in _DRUMS if levels.get(drum)]
        words = ", ".join(busy) or "rest"
    else:
        level = levels.get(name, 0)
        words = f"{_FULL * level}{_EMPTY * (5 - level)}" if level else "rests"
    return "muted" if state["params"][f"{name}.mute"] else words


def number(state: State, name: str) -> str:
    """Return one number as a bar with its value, and where it goes."""
    spec, value = SPECS[name], state["params"][name]
    share = (value - spec.low) / (spec.high - spec.low)
    full = round(min(max(share, 0.0), 1.0) * _BAR_WIDTH)
    change = state.get("pending", {}).get(name)
    goes = f" -> {word(change['target'])}" if change and change["target"] != value else ""
    return f"{_FULL * full}{_EMPTY * (_BAR_WIDTH - full)} {_short(value)} {spec.unit}".rstrip() + goes


def row(state: State, name: str) -> str:
    """Return the row of a voice or a number, with its name."""
    group = name.partition(".")[0]
    text = voice(state, group) if name.endswith(".mute") else number(state, name)
    shown = group if name.endswith(".mute") else name
    idle = "  (does not act now)" if name in state.get("unheeded", {}) else ""
    return f"{shown:<{_NAME_WIDTH}} {text}{idle}"


def waiting(state: State) -> str:
    """Return what waits, in one line."""
    return "waits: " + (", ".join(waits(state)) or "nothing")


def health(state: State) -> str:
    """Return how well it runs, in one line."""
    found = state.get("health", {})
    parts = [*_milliseconds(found, "late", "lateness_us"), *_milliseconds(found, "step", "step_us")]
    parts += [f"underruns {found.get('underruns', 0)}"]
    if found.get("rss_bytes"):
        parts.append(f"{found['rss_bytes'] / 2**20:.0f} MiB")
    return "   ".join([*parts, *troubles(state)])


def troubles(state: State) -> list[str]:
    """Return what a performer should know about the ports and the disk."""
    found = state.get("health", {})
    ports = {**found.get("ports", {}), **found.get("inputs", {})}
    wrong = [f"{port} {words}" for port, words in ports.items() if port != "midi" and "open" not in words]
    if "midi" in ports:
        wrong = ["no MIDI here: `edmd doctor` says why"]
    wrong += ["JACK stands still"] if found.get("midi_server") == "stands still" else []
    return [*wrong, *(f"{what} not written" for what in found.get("disk", {}))]


def stepped(name: str, now: Value, direction: int) -> Value:
    """Return the value one step up (1) or down (-1), within the range."""
    spec: Spec = SPECS[name]
    step = 1 if spec.kind == "int" else _FINE.get(name, (spec.high - spec.low) / _STEPS)
    value = min(max(float(now) + direction * step, spec.low), spec.high)
    return round(value) if spec.kind == "int" else round(float(value), 4)


def _milliseconds(found: State, name: str, key: str) -> Iterator[str]:
    p99 = found.get(key, {}).get("p99")
    if p99 is not None:
        yield f"{name} {p99 / 1000:.2f} ms (p99)"


def _short(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else word(value)
