"""Read the values of ABC fields: keys, metres, unit lengths, tempos, clefs, the order of parts."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from models.notes import PULSES_PER_BEAT
from models.reading.limits import RefusedError
from models.reading.notation.metres import metre_of
from models.take import Key

WHOLE: Final = 4.0 * PULSES_PER_BEAT
_FIFTHS: Final[Mapping[str, int]] = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_SHARPS: Final = "FCGDAEB"
_MODES: Final[Mapping[str, int]] = {
    "maj": 0, "ion": 0, "": 0, "m": -3, "min": -3, "aeo": -3, "dor": -2, "phr": -4, "lyd": 1, "mix": -1,
    "loc": -5,
}  # fmt: skip
_KEY: Final = re.compile(
    r"\s*([A-G])([#b]?)(?:\s*(maj|ion|min|aeo|dor|phr|lyd|mix|loc)[a-z]*|\s*(m)(?![a-z]))?", re.IGNORECASE
)
_NO_KEY: Final = ("none", "hp", "exp", "clef", "bass", "baritone", "alto")
_EXPLICIT: Final = re.compile(r"(\^\^|\^|__|_|=)([a-gA-G])")
ACCIDENTALS: Final[Mapping[str, int]] = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2, "^/": 1, "_/": -1}
_FRACTION: Final = re.compile(r"(\d{1,4})\s*/\s*(\d{1,4})")
_PROPERTY: Final = re.compile(r'([a-z]{1,20})\s*=\s*("[^"]{0,200}"|\S{1,200})')
_OCTAVE_CLEF: Final = re.compile(r"([+-])(8|15)\b")
_CLEFS: Final = ("treble", "bass", "alto", "tenor", "perc", "soprano", "mezzosoprano", "baritone", "none")
_OCTAVES: Final = {"8": 1, "15": 2}
_MOST_PARTS: Final = 10_000


class KeySignature(NamedTuple):
    """A key, and the number of semitones by which it raises each letter."""

    key: Key | None
    raised: Mapping[str, int]


class Properties(NamedTuple):
    """The properties of a voice; None for those that the field does not set."""

    name: str | None = None
    is_drums: bool | None = None
    octaves: int | None = None
    clef_octaves: int | None = None
    semitones: int | None = None


@lru_cache(maxsize=256)
def key_signature(text: str) -> KeySignature:
    """Return the key signature of a K: field."""
    text = _PROPERTY.sub(" ", text).strip()
    found = None if text.lower().startswith(_NO_KEY) else _KEY.match(text)
    sharps, mode = 0, ""
    if found:
        mode = (found[3] or found[4] or "").lower()
        accidental = {"#": 7, "b": -7, "": 0}[found[2].lower()]
        sharps = max(min(_FIFTHS[found[1].upper()] + accidental + _MODES[mode], 7), -7)
    elif text.lower().startswith("hp"):
        sharps = 2
    raised = dict.fromkeys(_SHARPS[: max(sharps, 0)], 1)
    raised |= dict.fromkeys(_SHARPS[::-1][: max(-sharps, 0)], -1)
    rest = text[found.end() :] if found else text
    if re.match(r"\s*exp\b", rest, re.IGNORECASE):
        raised = {}
    raised |= {letter.upper(): ACCIDENTALS[sign] for sign, letter in _EXPLICIT.findall(rest)}
    return KeySignature(Key(sharps, mode in {"m", "min", "aeo"}) if found else None, raised)


def metre(text: str) -> tuple[int, int] | None:
    """Return the metre of an M: field, or None for a free or impossible metre."""
    plain = text.strip()
    if plain in {"C", "c"}:
        return 4, 4
    if plain in {"C|", "c|"}:
        return 2, 2
    beats, _, unit = plain.replace("(", "").replace(")", "").partition("/")
    return metre_of(["+".join(beats.replace("+", " ").split())], [unit])


def unit_length(text: str) -> float | None:
    """Return the unit length of an L: field in pulses, or None if it is not valid."""
    found = _FRACTION.search(text)
    if found and int(found[2]):
        return WHOLE * int(found[1]) / int(found[2])
    return WHOLE if text.strip() == "1" else None


def default_unit(of: tuple[int, int] | None) -> float:
    """Return the unit length in pulses if there is no L: field.

    It is a sixteenth in metres shorter than three quarters of a whole note, else an eighth.
    """
    return WHOLE / 16 if of and of[0] / of[1] < 0.75 else WHOLE / 8


def tempo(text: str, unit: float) -> float | None:
    """Return the beats per minute of a Q: field, such as 1/4=120, or 120 (which counts unit lengths), or None."""
    text = re.sub(r'"[^"]*"', " ", text)
    lengths, _, number = text.rpartition("=")
    found = re.search(r"\d{1,12}(?:\.\d{1,6})?", number)
    if not found:
        return None
    counted = sum(
        WHOLE * int(above) / int(below) for above, below in _FRACTION.findall(lengths) if int(below)
    )
    return float(found[0]) * (counted or unit) / PULSES_PER_BEAT


@lru_cache(maxsize=256)
def properties(text: str) -> Properties:
    """Return the name, clef and transposition of a voice from a V: or K: field."""
    pairs = {key: value.strip('"') for key, value in _PROPERTY.findall(text)}
    bare = _PROPERTY.sub(" ", text).lower().split()
    clef = pairs.get("clef", "").lower() or next((word for word in bare if word.startswith(_CLEFS)), "")
    octave = _OCTAVE_CLEF.search(clef)
    shift = int(f"{octave[1]}{_OCTAVES[octave[2]]}") if octave else 0
    return Properties(
        pairs.get("name") or pairs.get("nm"),
        clef.startswith("perc") or None,
        _whole(pairs.get("octave")),
        shift if clef else None,
        _whole(pairs.get("transpose") or pairs.get("t")),
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[+-]?\d{1,2}", text) else None


def part_order(text: str) -> list[str]:
    """Return the names of parts in the order of a P: field, such as AABB or (A3B)2.

    Raises RefusedError for more than 10,000 parts.
    """
    stack: list[list[str]] = [[]]
    last: list[str] = []
    for sign in re.findall(r"[A-Za-z]|\d{1,4}|[()]", text[:_MOST_PARTS]):
        if sign == "(":
            stack.append([])
            last = []
            continue
        if sign == ")":
            last = stack.pop() if len(stack) > 1 else []
        elif sign.isdigit():
            times = max(int(sign) - 1, 0)  # the list holds it once already
            if times * len(last) > _MOST_PARTS:
                raise RefusedError(f"plays more than {_MOST_PARTS} parts")
            last = last * times
        else:
            last = [sign]
        stack[-1] += last
        if sum(map(len, stack)) > _MOST_PARTS:
            raise RefusedError(f"plays more than {_MOST_PARTS} parts")
    return [name for group in stack for name in group]
