"""The one table of live parameters; every check, help text and default elsewhere is derived from it."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal

from models.chords import KEYS, PROGRESSIONS
from models.notes import SECTIONS
from models.scales import FREE, MODES, SCALES

Value = float | int | bool | str
Kind = Literal["float", "int", "bool", "choice"]
Smoothing = Literal["ramp", "step"]
Acts = Literal["tick", "bar"]
ErrorCode = Literal["unknown_parameter", "wrong_type", "out_of_range"]

_KINDS: Final[Mapping[type, Kind]] = {float: "float", int: "int", bool: "bool", str: "choice"}
_KIND_WORDS: Final[Mapping[Kind, str]] = {
    "float": "a number", "int": "a whole number", "bool": "true or false", "choice": "a text",
}  # fmt: skip
_LONGEST_NAME_COMPARED: Final = 40
_SIGNS: Final = str.maketrans("♯♭", "#b")
# Of all that is wrong with a request so much is told: who asks may be no friend.
MOST_TOLD: Final = 8


class ParameterError(ValueError):
    """A parameter or its value was refused; `code` is one of contract section 5."""

    def __init__(self, code: ErrorCode, name: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.message = message


@dataclass(frozen=True, slots=True)
class Spec:
    """What one parameter may be; `low` and `high` are inclusive, in `unit`. `ramp` glides, `step` jumps.

    It is heard from the tick on that adopts it, or, where a bar's plan is made of it, from the next bar line on.
    """

    name: str
    help: str
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    smoothing: Smoothing = "step"
    acts: Acts = "tick"
    choices: tuple[str, ...] = ()
    attribute: str = ""
    kind: Kind = "float"
    default: Value = 0.0

    @property
    def allowed(self) -> str:
        """What values are allowed, in words: `20 to 300 BPM`."""
        if self.kind == "bool":
            return "true or false"
        if self.kind == "choice":
            shown = ", ".join(self.choices[:4])
            return f"one of {shown}" + (f", ... ({len(self.choices)} in all)" if self.choices[4:] else "")
        return f"{self.low:g} to {self.high:g} {self.unit}".rstrip()

    def describe(self) -> dict[str, Any]:
        """Describe as JSON: type, range or choices, unit, default, smoothing, when it acts, help."""
        numeric = self.kind in ("float", "int")
        limits = [self._number(self.low), self._number(self.high)] if numeric else None
        choices = list(self.choices) if self.kind == "choice" else None
        bounds = {key: part for key, part in (("range", limits), ("choices", choices)) if part is not None}
        return {
            "type": self.kind,
            **bounds,
            "unit": self.unit,
            "default": self.default,
            "smoothing": self.smoothing,
            "acts": self.acts,
            "help": self.help,
        }

    def _number(self, limit: float) -> float | int:
        return int(limit) if self.kind == "int" else float(limit)


def _live(
    name: str,
    text: str,
    low: float = -math.inf,
    high: float = math.inf,
    unit: str = "",
    *,
    acts: Acts = "tick",
) -> dict[str, Spec]:
    """Metadata of a parameter that jumps."""
    return {"spec": Spec(name, text, low, high, unit, acts=acts)}


def _glide(
    name: str, text: str, low: float, high: float, unit: str = "", *, acts: Acts = "tick"
) -> dict[str, Spec]:
    """Metadata of a number that can be ramped."""
    return {"spec": Spec(name, text, low, high, unit, smoothing="ramp", acts=acts)}


def _level(name: str, text: str, most: int) -> dict[str, Spec]:
    """Metadata of how busy a part is by hand."""
    return _choice(name, text, (AUTO, OFF, *map(str, range(1, most + 1))), acts="bar")


def _choice(name: str, text: str, choices: tuple[str, ...], *, acts: Acts = "tick") -> dict[str, Spec]:
    """Metadata of one of several words."""
    return {"spec": Spec(name, text, choices=choices, acts=acts)}


_TEMPERATURE: Final = "sampling temperature: low is sure of itself, high is adventurous"
_TOP_P: Final = "nucleus sampling: only the likeliest choices that make up this probability"
_MUTE: Final = "silences this voice; its sounding notes end at once"
_OCTAVE: Final = "moves this voice by octaves"
AUTO: Final = "auto"
OFF: Final = "off"
_VOICE_LEVEL: Final = (
    "auto: as planned; off; notes a bar: 1 (1 or 2), 2 (3, 4), 3 (5 to 7), 4 (8 to 11), 5 (more)"
)
_DRUM_LEVEL: Final = "auto: as planned; off; hits a bar: 1 (1 to 3), 2 (4 to 7), 3 (more)"


@dataclass(frozen=True, slots=True)
class Parameters:
    """One immutable snapshot of everything a performer can change, adopted between ticks."""

    tempo: float = field(default=128.0, metadata=_glide("tempo", "beats a minute", 20, 300, "BPM"))
    classical_mix: float = field(
        default=0.2,
        metadata=_glide(
            "classical_mix",
            "0 pure EDM, 1 pure Classical, between: a blend; from 0.5 on the drums leave, bar by bar",
            0,
            1,
        ),
    )
    transpose: int = field(
        default=0, metadata=_live("transpose", "moves the melodic voices", -24, 24, "semitones")
    )
    melody_temperature: float = field(
        default=1.0, metadata=_glide("melody.temperature", _TEMPERATURE, 0.05, 3)
    )
    percussion_temperature: float = field(
        default=1.0, metadata=_glide("percussion.temperature", _TEMPERATURE, 0.05, 3)
    )
    melody_top_p: float = field(default=0.95, metadata=_glide("melody.top_p", _TOP_P, 0.05, 1))
    percussion_top_p: float = field(default=0.95, metadata=_glide("percussion.top_p", _TOP_P, 0.05, 1))
    energy: float = field(
        default=0.5,
        metadata=_glide(
            "energy", "how full and driving the music is, from the next bar on", 0, 1, acts="bar"
        ),
    )
    density: float = field(
        default=0.5,
        metadata=_glide("density", "how many melody notes a bar, from the next bar on", 0, 1, acts="bar"),
    )
    repetition: float = field(
        default=0.6, metadata=_glide("repetition", "0 always new, 1 loops, of one to eight bars", 0, 1)
    )
    scale: str = field(
        default=FREE,
        metadata=_choice(
            "scale",
            f"free, or a lock to a tonic and a mode, as in F# minor; modes: {', '.join(MODES)}",
            SCALES,
        ),
    )
    swing: float = field(
        default=0.0, metadata=_glide("swing", "delay of every second sixteenth, as a part of it", 0, 0.75)
    )
    humanize: float = field(
        default=0.1,
        metadata=_glide("humanize", "spread of timing and velocity: 0 straight, 1 as a drummer plays", 0, 1),
    )
    gate: float = field(
        default=0.9, metadata=_glide("gate", "length of melodic notes against their written length", 0.1, 1)
    )
    velocity: float = field(default=1.0, metadata=_glide("velocity", "scales velocity", 0, 2))
    lead_mute: bool = field(default=False, metadata=_live("lead.mute", _MUTE))
    chords_mute: bool = field(default=False, metadata=_live("chords.mute", _MUTE))
    bass_mute: bool = field(default=False, metadata=_live("bass.mute", _MUTE))
    drums_mute: bool = field(default=False, metadata=_live("drums.mute", _MUTE))
    lead_octave: int = field(default=0, metadata=_live("lead.octave", _OCTAVE, -3, 3, "octaves"))
    chords_octave: int = field(default=0, metadata=_live("chords.octave", _OCTAVE, -3, 3, "octaves"))
    bass_octave: int = field(default=0, metadata=_live("bass.octave", _OCTAVE, -3, 3, "octaves"))
    bass_level: str = field(default=AUTO, metadata=_level("bass.level", _VOICE_LEVEL, 5))
    chords_level: str = field(default=AUTO, metadata=_level("chords.level", _VOICE_LEVEL, 5))
    lead_level: str = field(default=AUTO, metadata=_level("lead.level", _VOICE_LEVEL, 5))
    kick_level: str = field(
        default=AUTO, metadata=_level("kick.level", f"{_DRUM_LEVEL}; 2 is one on every beat", 3)
    )
    backbeat_level: str = field(
        default=AUTO, metadata=_level("backbeat.level", f"snare and clap; {_DRUM_LEVEL}", 3)
    )
    hats_level: str = field(default=AUTO, metadata=_level("hats.level", f"both hats; {_DRUM_LEVEL}", 3))
    colour_level: str = field(
        default=AUTO, metadata=_level("colour.level", f"tom, crash, ride, rim; {_DRUM_LEVEL}", 3)
    )
    section: str = field(
        default=AUTO,
        metadata=_choice(
            "section",
            "auto: the director's own course; else this section until auto again, from the next bar; needs the director",
            (AUTO, *SECTIONS),
            acts="bar",
        ),
    )
    key: str = field(
        default=AUTO,
        metadata=_choice(
            "key",
            "auto: the director's, near and rarely changing; else this one, from the next bar; a scale lock goes before it",
            (AUTO, *KEYS),
            acts="bar",
        ),
    )
    chord_loop: str = field(
        default=AUTO,
        metadata=_choice(
            "chord_loop",
            "auto: the director's; hold: the main loop of the track in every section; next: the next track's main loop; "
            "else these chords, one a bar, seen from the minor key; from the next bar",
            (AUTO, "hold", "next", *PROGRESSIONS),
            acts="bar",
        ),
    )
    director: bool = field(
        default=True,
        metadata=_live(
            "director",
            "on: sections unfold and energy and density lean them; off: they decide",
            acts="bar",
        ),
    )

    @classmethod
    def from_names(cls, values: Mapping[str, Any]) -> "Parameters":
        """Build from contract names; absent ones keep their default; ParameterError as `check`."""
        return change(cls(), values)

    def to_names(self) -> dict[str, Value]:
        """All values under their contract names, in the order of the table."""
        return dict(zip(SPECS, _read_all(self), strict=True))


def _table() -> Mapping[str, Spec]:
    specs = [
        replace(f.metadata["spec"], attribute=f.name, kind=_KINDS[type(f.default)], default=f.default)
        for f in fields(Parameters)
    ]
    return MappingProxyType({spec.name: spec for spec in specs})


SPECS: Final[Mapping[str, Spec]] = _table()
_read_all: Final = attrgetter(*(spec.attribute for spec in SPECS.values()))


def spec_of(name: str) -> Spec:
    """Find the Spec of `name`; ParameterError `unknown_parameter` names the nearest one."""
    spec = SPECS.get(name)
    if spec is None:
        hint = did_you_mean(name, tuple(SPECS))
        raise ParameterError("unknown_parameter", name, f"no parameter is named {shown(name)}{hint}")
    return spec


def check(name: str, value: object) -> Value:
    """Return `value` as the parameter `name` holds it, or raise ParameterError that says what is allowed."""
    spec = spec_of(name)
    if spec.kind == "choice":
        return _check_choice(spec, value)
    if spec.kind == "bool":
        return _check_bool(spec, value)
    return _check_number(spec, value)


def check_all(values: Mapping[str, Any]) -> dict[str, Value]:
    """Each value as its parameter holds it; a ParameterError about the first bad one, whose message names all."""
    checked: dict[str, Value] = {}
    errors: list[ParameterError] = []
    for name, value in values.items():
        try:
            checked[name] = check(name, value)
        except ParameterError as error:
            errors.append(error)
            if len(errors) > MOST_TOLD:
                break
    if errors:
        raise ParameterError(errors[0].code, errors[0].name, told([error.message for error in errors]))
    return checked


def told(sentences: Sequence[str]) -> str:
    """All that is wrong, a line each; of very much the beginning."""
    more = ["and there is more that is wrong"] if len(sentences) > MOST_TOLD else []
    return "\n".join([*sentences[:MOST_TOLD], *more])


def change(parameters: Parameters, values: Mapping[str, Any]) -> Parameters:
    """`parameters` with `values` (by contract name) adopted; one bad value raises and changes none."""
    checked = {SPECS[name].attribute: value for name, value in check_all(values).items()}
    return replace(parameters, **checked)  # type: ignore[arg-type]  # each value was checked against its field


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """End of a sentence that suggests the known word nearest to `word`, or nothing."""
    if len(word) > _LONGEST_NAME_COMPARED:
        return ""
    lowered = {each.lower(): each for each in known}
    near = get_close_matches(word.lower().translate(_SIGNS), lowered, n=1, cutoff=0.7)
    return f"; did you mean {lowered[near[0]]}?" if near else ""


def shown(value: object) -> str:
    """`value` short enough for a sentence, as JSON would write it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 64:
        return "a very large number"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:56] + " ..."


def _check_number(spec: Spec, value: object) -> float | int:
    # A bool is an int to Python, but not to a performer.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refusal("wrong_type", spec, value)
    if isinstance(value, float) and spec.kind == "int":
        raise _refusal("wrong_type", spec, value)
    if not spec.low <= value <= spec.high:  # NaN compares false, so it is refused here too
        raise _refusal("out_of_range", spec, value)
    return float(value) if spec.kind == "float" else value


def _check_bool(spec: Spec, value: object) -> bool:
    if not isinstance(value, bool):
        raise _refusal("wrong_type", spec, value)
    return value


def _check_choice(spec: Spec, value: object) -> str:
    if not isinstance(value, str):
        raise _refusal("wrong_type", spec, value)
    if value in spec.choices:
        return value
    folded = " ".join(value.split()).lower() if len(value) <= _LONGEST_NAME_COMPARED else value
    for choice in spec.choices:
        if choice.lower() == folded:
            return choice
    raise _refusal("out_of_range", spec, value, did_you_mean(value, spec.choices))


def _refusal(code: ErrorCode, spec: Spec, value: object, hint: str = "") -> ParameterError:
    kind = f"{_KIND_WORDS[spec.kind]}, " if code == "wrong_type" and spec.kind != "bool" else ""
    return ParameterError(code, spec.name, f"{spec.name} is {kind}{spec.allowed}; got {shown(value)}{hint}")
