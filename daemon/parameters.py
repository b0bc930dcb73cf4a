"""The table of live parameters. All checks, help texts and defaults elsewhere are derived from it."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal

from models.chords import KEYS, PROGRESSIONS, PlayedChords
from models.genres import NAMES
from models.notes import SECTIONS, Voice
from models.scales import FREE, MODES, SCALES, spelled_out

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
# A reply lists at most so many errors, because a hostile request could have very many.
MOST_TOLD: Final = 8


class ParameterError(ValueError):
    """A parameter's name or value is refused. `code` is one of contract section 5."""

    def __init__(self, code: ErrorCode, name: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.message = message


@dataclass(frozen=True, slots=True)
class Spec:
    """The description of one parameter. `low` and `high` are inclusive, in `unit`. `ramp` glides, `step` jumps.

    `acts` says when a change is heard: at the next tick, or at the next bar line (if the bar's plan depends on it).
    """

    name: str
    help: str
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    smoothing: Smoothing = "step"
    acts: Acts = "tick"
    choices: tuple[str, ...] = ()
    kind: Kind = "float"
    default: Value = 0.0

    @property
    def allowed(self) -> str:
        """The allowed values in words: `20 to 300 BPM`."""
        if self.kind == "bool":
            return "true or false"
        if self.kind == "choice":
            shown = ", ".join(self.choices[:4])
            return f"one of {shown}" + (f", ... ({len(self.choices)} in all)" if self.choices[4:] else "")
        return f"{self.low:g} to {self.high:g} {self.unit}".rstrip()

    def describe(self) -> dict[str, Any]:
        """Return a description for JSON: type, range or choices, unit, default, smoothing, when it acts, help."""
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
    text: str, low: float = -math.inf, high: float = math.inf, unit: str = "", *, acts: Acts = "tick"
) -> dict[str, Spec]:
    """Return the metadata of a parameter that jumps."""
    return {"spec": Spec("", text, low, high, unit, acts=acts)}


def _glide(text: str, low: float, high: float, unit: str = "", *, acts: Acts = "tick") -> dict[str, Spec]:
    """Return the metadata of a number that can glide."""
    return {"spec": Spec("", text, low, high, unit, smoothing="ramp", acts=acts)}


def _level(text: str, most: int) -> dict[str, Spec]:
    """Return the metadata of a parameter that sets how busy a voice or a part of the drums is."""
    return _choice(text, (AUTO, OFF, *map(str, range(1, most + 1))), acts="bar")


def _choice(text: str, choices: tuple[str, ...], *, acts: Acts = "tick") -> dict[str, Spec]:
    """Return the metadata of a parameter that is one of several words."""
    return {"spec": Spec("", text, choices=choices, acts=acts)}


def _group(template: str) -> dict[str, str]:
    """Return the metadata of a group of parameters; `{}` in `template` is the help text of each of them."""
    return {"help": template}


AUTO: Final = "auto"
OFF: Final = "off"
PLAYED: Final = "played"


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How one network chooses."""

    temperature: float = field(
        default=1.0,
        metadata=_glide("sampling temperature: low is predictable, high is adventurous", 0.05, 3),
    )
    top_p: float = field(
        default=0.95,
        metadata=_glide(
            "nucleus sampling: chooses only among the likeliest events that together have this probability",
            0.05,
            1,
        ),
    )


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """What can be set of every voice; of the drums no more than this."""

    mute: bool = field(
        default=False, metadata=_live("true silences this voice; its sounding notes end at once")
    )


@dataclass(frozen=True, slots=True)
class MelodicSettings(VoiceSettings):
    """What can be set of a melodic voice."""

    octave: int = field(default=0, metadata=_live("moves this voice by octaves", -3, 3, "octaves"))
    level: str = field(
        default=AUTO,
        metadata=_level(
            "auto: as planned; off: silent; notes a bar: 1 (1 or 2), 2 (3, 4), 3 (5 to 7), 4 (8 to 11), 5 (more)",
            5,
        ),
    )


@dataclass(frozen=True, slots=True)
class DrumPartSettings:
    """What can be set of a part of the drums."""

    level: str = field(
        default=AUTO,
        metadata=_level("auto: as planned; off: silent; hits a bar: 1 (1 to 3), 2 (4 to 7), 3 (more)", 3),
    )


DrumPart = Literal["kick", "backbeat", "hats", "colour"]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values of all live parameters at one tick; immutable.

    The name of a parameter in the contract is its path from here: `lead.mute` is `parameters.lead.mute`.
    """

    tempo: float = field(default=128.0, metadata=_glide("beats a minute", 20, 300, "BPM"))
    classical_mix: float = field(
        default=0.2,
        metadata=_glide(
            "0 pure EDM, 1 pure Classical, a blend between them; from 0.5 on, more and more bars have no drums",
            0,
            1,
        ),
    )
    transpose: int = field(default=0, metadata=_live("moves the melodic voices", -24, 24, "semitones"))
    melody: SamplingSettings = SamplingSettings()
    percussion: SamplingSettings = SamplingSettings()
    energy: float = field(
        default=0.5,
        metadata=_glide("how full and driving the music is; heard from the next bar on", 0, 1, acts="bar"),
    )
    density: float = field(
        default=0.5,
        metadata=_glide("how many melody notes a bar has; heard from the next bar on", 0, 1, acts="bar"),
    )
    genre: str = field(
        default=AUTO,
        metadata=_choice(
            "auto: the director draws one for each track; else this kind of beat, phrases and chords, from the next bar. "
            "At the start a genre also sets tempo, swing and sounds, unless you set them",
            (AUTO, *NAMES),
            acts="bar",
        ),
    )
    genre_to: str = field(
        default=AUTO,
        metadata=_choice(
            "the genre that `genre_mix` blends in; auto: none; from the next bar", (AUTO, *NAMES), acts="bar"
        ),
    )
    genre_mix: float = field(
        default=0.0,
        metadata=_glide(
            "0 `genre` alone, 1 `genre_to` alone; between, each section follows one of them; from the next bar on",
            0,
            1,
            acts="bar",
        ),
    )
    simplicity: float = field(
        default=0.5,
        metadata=_glide(
            "0 intricate, 1 simple as a club track: few rhythms, and bass and chords strike together; from the next bar on",
            0,
            1,
            acts="bar",
        ),
    )
    repetition: float = field(
        default=0.6, metadata=_glide("0 always new material, 1 loops of one to eight bars", 0, 1)
    )
    scale: str = field(
        default=FREE,
        metadata=_choice(
            f"free, or only notes of a scale (tonic and mode), for example F# minor; modes: {', '.join(MODES)}",
            SCALES,
        ),
    )
    swing: float = field(
        default=0.0, metadata=_glide("delay of every second sixteenth, as a fraction of a sixteenth", 0, 0.75)
    )
    humanize: float = field(
        default=0.1,
        metadata=_glide("random variation of timing and velocity: 0 none, 1 as much as a drummer's", 0, 1),
    )
    gate: float = field(
        default=0.9,
        metadata=_glide("length of melodic notes, as a fraction of their written length", 0.1, 1),
    )
    velocity: float = field(default=1.0, metadata=_glide("factor for all velocities", 0, 2))
    lead: MelodicSettings = MelodicSettings()
    chords: MelodicSettings = MelodicSettings()
    bass: MelodicSettings = MelodicSettings()
    drums: VoiceSettings = VoiceSettings()
    kick: DrumPartSettings = field(
        default=DrumPartSettings(), metadata=_group("{}; 2 is a kick on every beat")
    )
    backbeat: DrumPartSettings = field(default=DrumPartSettings(), metadata=_group("snare and clap; {}"))
    hats: DrumPartSettings = field(default=DrumPartSettings(), metadata=_group("both hats; {}"))
    colour: DrumPartSettings = field(default=DrumPartSettings(), metadata=_group("tom, crash, ride, rim; {}"))
    section: str = field(
        default=AUTO,
        metadata=_choice(
            "auto: the director chooses; else this section, from the next bar until auto is set again; needs the director",
            (AUTO, *SECTIONS),
            acts="bar",
        ),
    )
    key: str = field(
        default=AUTO,
        metadata=_choice(
            "auto: the director chooses, and changes it rarely; else this key, such as A minor (or Am), from the next bar; "
            "`scale` has priority",
            (AUTO, *KEYS),
            acts="bar",
        ),
    )
    chord_loop: str = field(
        default=AUTO,
        metadata=_choice(
            "auto: the director chooses; hold: the track's main loop in every section; next: the next track's main loop; "
            "played: the chords that are held on the MIDI input; else these chords, one a bar, as degrees of the minor key; "
            "from the next bar",
            (AUTO, "hold", "next", PLAYED, *PROGRESSIONS),
            acts="bar",
        ),
    )
    hook: str = field(
        default=AUTO,
        metadata=_choice(
            "auto: later drops return to the lead of the track's first drop; keep: this lead is the hook from now on; "
            "recall: the hook returns now; new: every drop has a new lead; from the next bar",
            (AUTO, "keep", "recall", "new"),
            acts="bar",
        ),
    )
    loop: str = field(
        default=OFF,
        metadata=_choice(
            "off, or the last 1, 2, 4 or 8 bars go round exactly, from the next bar until off; then the music goes on from "
            "where it was",
            (OFF, "1", "2", "4", "8"),
            acts="bar",
        ),
    )
    director: bool = field(
        default=True,
        metadata=_live(
            "true: sections follow each other, shifted by energy and density; false: energy and density alone decide",
            acts="bar",
        ),
    )

    # The chords that were played in. Nobody sets them by name, and they act while `chord_loop` is `played`.
    played: PlayedChords = field(default=PlayedChords())

    @classmethod
    def from_names(cls, values: Mapping[str, Any]) -> "Parameters":
        """Build from values by contract name; absent ones keep their default. Raises ParameterError like `check_all`."""
        return change(cls(), values)

    def to_names(self) -> dict[str, Value]:
        """Return all values by contract name, in the order of the table."""
        return dict(zip(SPECS, _read_all(self), strict=True))

    def value(self, name: str) -> Value:
        """Return the value of the parameter with this contract name."""
        value: Value = _READ[name](self)
        return value

    def replaced(self, values: Mapping[str, Value]) -> "Parameters":
        """Return the parameters with checked `values`, by contract name."""
        changed: dict[str, Any] = {}
        for name, value in values.items():
            first, _, inner = name.partition(".")
            if inner:
                group: Any = changed.get(first) or getattr(self, first)
                changed[first] = replace(group, **{inner: value})
            else:
                changed[first] = value
        return replace(self, **changed) if changed else self

    def voice(self, voice: Voice) -> VoiceSettings:
        """Return the settings that every voice has."""
        match voice:
            case "lead":
                return self.lead
            case "chords":
                return self.chords
            case "bass":
                return self.bass
            case "drums":
                return self.drums

    def drum_part(self, part: DrumPart) -> DrumPartSettings:
        """Return the settings of a part of the drums."""
        match part:
            case "kick":
                return self.kick
            case "backbeat":
                return self.backbeat
            case "hats":
                return self.hats
            case "colour":
                return self.colour


def _specs(group: Any, path: str = "", template: str = "{}") -> Iterator[Spec]:
    """Yield the specs of a group's parameters and of the groups in it; the names of fields make the contract names."""
    for f in fields(group):
        default: Any = f.default
        if is_dataclass(default):
            yield from _specs(default, f"{path}{f.name}.", f.metadata.get("help", "{}"))
        elif "spec" in f.metadata:
            spec: Spec = f.metadata["spec"]
            text, kind = template.format(spec.help), _KINDS[type(default)]
            yield replace(spec, name=path + f.name, help=text, kind=kind, default=default)


SPECS: Final[Mapping[str, Spec]] = MappingProxyType({spec.name: spec for spec in _specs(Parameters)})
_READ: Final = {name: attrgetter(name) for name in SPECS}
_read_all: Final = attrgetter(*SPECS)


def spec_of(name: str) -> Spec:
    """Return the Spec of `name`. Raises ParameterError that names the most similar parameter if it is unknown."""
    spec = SPECS.get(name)
    if spec is None:
        hint = did_you_mean(name, tuple(SPECS))
        raise ParameterError("unknown_parameter", name, f"no parameter is named {shown(name)}{hint}")
    return spec


def check(name: str, value: object) -> Value:
    """Return `value` converted to the type of parameter `name`. Raises ParameterError that says what is allowed."""
    spec = spec_of(name)
    if spec.kind == "choice":
        return _check_choice(spec, value)
    if spec.kind == "bool":
        return _check_bool(spec, value)
    return _check_number(spec, value)


def check_all(values: Mapping[str, Any]) -> dict[str, Value]:
    """Return all values, checked as `check` does. Raises one ParameterError whose message names all wrong values."""
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
    """Join error sentences, one a line. Only the first `MOST_TOLD` are shown."""
    more = ["and there are more errors"] if len(sentences) > MOST_TOLD else []
    return "\n".join([*sentences[:MOST_TOLD], *more])


def change(parameters: Parameters, values: Mapping[str, Any]) -> Parameters:
    """Return `parameters` with `values` (by contract name) replaced. Raises ParameterError if a value is wrong."""
    return parameters.replaced(check_all(values))


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """Return the end of a sentence that suggests the known word most similar to `word`, or ""."""
    if len(word) > _LONGEST_NAME_COMPARED:
        return ""
    lowered = {each.lower(): each for each in known}
    near = get_close_matches(word.lower().translate(_SIGNS), lowered, n=1, cutoff=0.7)
    return f"; did you mean {lowered[near[0]]}?" if near else ""


def shown(value: object) -> str:
    """Return `value` as JSON writes it, shortened for use in a sentence."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 64:
        return "a very large number"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:56] + " ..."


def _check_number(spec: Spec, value: object) -> float | int:
    # Python counts a bool as an int, but a performer does not.
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
    for name in spelled_out(value) if len(value) <= _LONGEST_NAME_COMPARED else ():
        if name in spec.choices:
            return name
    raise _refusal("out_of_range", spec, value, did_you_mean(value, spec.choices))


def _refusal(code: ErrorCode, spec: Spec, value: object, hint: str = "") -> ParameterError:
    kind = f"{_KIND_WORDS[spec.kind]}, " if code == "wrong_type" and spec.kind != "bool" else ""
    return ParameterError(code, spec.name, f"{spec.name} is {kind}{spec.allowed}; got {shown(value)}{hint}")
