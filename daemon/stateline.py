"""The state of a deck in one line, for performers. `edmd top` shows the same parts."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, Final

from daemon.numerals import word
from daemon.parameters import AUTO
from models.notes import BEATS_PER_BAR

State = Mapping[str, Any]
_BETWEEN: Final = " | "


def state_line(state: State) -> str:
    """Return place, section, key and chords, tempo, and what waits."""
    plan = state.get("plan") or {}
    waiting = ", ".join(waits(state))
    parts = (
        place(state),
        course(plan, is_held=is_held(state)),
        harmony(plan),
        tempo(state),
        waiting and f"waits: {waiting}",
    )
    return _BETWEEN.join(part for part in parts if part)


def place(state: State) -> str:
    """Return where the music is: `bar 36`, `stopped at bar 36`, `counts in, 2 bars`."""
    transport = state.get("transport", {})
    bar = f"bar {transport.get('bar', 0)}"
    if transport.get("count_in"):
        return f"counts in, {_bars(transport['count_in'])}"
    return bar if transport.get("state") == "playing" else f"stopped at {bar}"


def is_held(state: State) -> bool:
    """Whether the section stays until it is let go."""
    return bool(state.get("params", {}).get("section", AUTO) != AUTO)


def course(plan: State, *, is_held: bool = False) -> str:
    """Return the section, how many bars of it are to come with this one, and what follows; or that it is held."""
    if not plan:
        return ""
    if is_held:
        return f"{plan['genre']} {plan['section']}, held".strip()
    left = plan["bars_left"] + 1
    follows = f", then {plan['next_section']}" if plan["next_section"] else ""
    genre = f"{plan['genre']} " if plan["genre"] else ""
    return f"{genre}{plan['section']}, {_bars(left)} to go{follows}"


def harmony(plan: State) -> str:
    """Return key and chords; with the next bar's key if that is another one."""
    if not plan:
        return ""
    after = (plan.get("next") or {}).get("key") or plan["key"]
    key = plan["key"] if after == plan["key"] else f"{plan['key']} -> {after}"
    chords = " ".join(dict.fromkeys(chord for chord in plan["chords"] if chord))
    return f"{key}: {chords}" if chords else key


def tempo(state: State) -> str:
    """Return the tempo, and what leads the time if it is not edmd."""
    transport = state.get("transport", {})
    source = transport.get("clock_source", "internal")
    if "tempo" not in transport:
        return ""
    return f"{transport['tempo']:.4g} BPM" + ("" if source == "internal" else f" from {source}")


def waits(state: State) -> Iterator[str]:
    """Yield what waits for its beat or glides, one text each."""
    transport = state.get("transport", {})
    for name, change in state.get("pending", {}).items():
        yield f"{name} to {word(change['target'])} {_when(change, transport.get('beat', 0))}"
    for coming in state.get("coming", ()):
        named = coming.get("model") or coming.get("mode") or coming.get("seed")
        what = coming["what"] if named is None else f"{coming['what']} {named}"
        yield f"{what} at bar {coming['effective_bar']}"


def _when(change: State, now: float) -> str:
    first, last = int(change["from_beat"] // BEATS_PER_BAR), ceil(change["until_beat"] / BEATS_PER_BAR)
    if change["until_beat"] <= change["from_beat"]:
        return f"at bar {first}"
    return f"until bar {last}" if change["from_beat"] <= now else f"from bar {first} to bar {last}"


def _bars(count: int) -> str:
    return f"{count} bar" if count == 1 else f"{count} bars"
