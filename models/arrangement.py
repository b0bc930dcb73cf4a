"""A bundle's statistics of how real songs are arranged: phrases of eight bars, section order, chord loops."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

from models.codecs import melody, percussion
from models.codecs.plan import DRUM_LEVELS, VOICE_LEVELS
from models.genres import FOUR, GENRES
from models.notes import BARS_PER_PHRASE, SECTIONS

# EDM songs with four on the floor form a style of their own, and also belong to the style `edm`.
HOUSE: Final = "house"
# Sections are measured in half phrases.
UNIT_BARS: Final = BARS_PER_PHRASE // 2
_VOICES, _DRUMS = len(melody.LAYOUT.parts), len(percussion.DRUMS)
_PARTS: Final = _VOICES + len(percussion.LAYOUT.parts)
# The drum level of a kick on every beat.
_ON_EVERY_BEAT: Final = 2
_PITCH_CLASS_SETS: Final = 1 << 12
# The largest values: lengths of bass, chords, lead; the lead's register; the chords' thickness; how bass and chords strike.
_MANNERS: Final = (3, 3, 3, 4, 4, 3)
# The largest weight of a genre.
_MOST: Final = 9


class MisshapenError(ValueError):
    """The content is not a valid arrangement; the text says what is wrong."""


class Phrase(NamedTuple):
    """Eight bars of a real song. `energy` is 0..1 within that song.

    `voices` (3 rows) and `drums` (9 rows) hold a level for each bar. `manner` holds the lengths of bass, chords and
    lead, the register of the lead, the thickness of the chords and how bass and chords strike, each 0 if unstated.
    `form` (7 rows: bass, chords, lead, kick, backbeat, hats, colour) holds a letter for each bar; equal bars have equal
    letters. `genres` holds the weights 0..9 of `models.genres`; empty if unknown. `synthetic`: rules made the song.
    """

    section: str
    energy: float
    voices: tuple[tuple[int, ...], ...]
    drums: tuple[tuple[int, ...], ...]
    manner: tuple[int, ...]
    form: tuple[str, ...]
    genres: tuple[int, ...] = ()
    synthetic: bool = False

    def belongs(self, genre: int) -> bool:
        """Return whether the genre has at least half of the largest weight. Without weights, the drums decide."""
        if not any(self.genres):
            return self.four_on_the_floor and FOUR in GENRES[genre].beats
        return 2 * self.genres[genre] >= max(self.genres)

    @property
    def four_on_the_floor(self) -> bool:
        """Whether at least six bars have the level of a kick on every beat."""
        return sum(level == _ON_EVERY_BEAT for level in self.drums[0]) >= BARS_PER_PHRASE - 2

    @property
    def weight(self) -> int:
        """The sum of all levels, by which phrases are sorted."""
        return sum(map(sum, self.drums)) + sum(map(sum, self.voices))


class Loop(NamedTuple):
    """A chord loop: the pitch classes of each half bar as a 12-bit mask, and the bass's pitch class or -1."""

    masks: tuple[int, ...]
    roots: tuple[int, ...]


class Style(NamedTuple):
    """The statistics of the songs of one style.

    By section, `lengths` counts the section's lengths in half phrases, and `transitions` counts the sections after it.
    `kept` (7,) is the share of phrases in which a part repeats its previous phrase within a section, `carried` (7,) is
    the same share across a section's end. `endings` holds, by the section that follows, the changes of
    each drum's level (-3..3) in a section's last bar. `filled` is the share of sections that have such a change.
    """

    phrases: tuple[Phrase, ...]
    loops: tuple[Loop, ...]
    lengths: Mapping[str, Mapping[int, int]]
    transitions: Mapping[str, Mapping[str, int]]
    kept: tuple[float, ...]
    carried: tuple[float, ...]
    endings: Mapping[str, tuple[tuple[int, ...], ...]]
    filled: float


class Arrangement:
    """The styles of a bundle."""

    def __init__(self, styles: Mapping[str, Style]) -> None:
        self.styles = dict(styles)

    def style(self, name: str) -> Style:
        """Return the statistics of that style; empty ones if the bundle does not have it."""
        return self.styles.get(name, NOTHING)

    @property
    def house(self) -> Style:
        """The statistics of EDM songs with four on the floor, or of all EDM if the bundle has no such style."""
        return self.styles.get(HOUSE) or self.style("edm")

    @cached_property
    def is_empty(self) -> bool:
        """Whether no style has any phrases."""
        return not any(style.phrases for style in self.styles.values())


NOTHING: Final = Style((), (), {}, {}, (0.5,) * _PARTS, (0.5,) * _PARTS, {}, 0.0)


def dumps(arrangement: Arrangement) -> bytes:
    """Return the arrangement as compact JSON, which `loads` reads."""
    styles = {name: _style_as_json(style) for name, style in arrangement.styles.items()}
    return json.dumps(styles, separators=(",", ":")).encode()


def loads(content: bytes) -> Arrangement:
    """Read the JSON that `dumps` writes. Raises MisshapenError for anything else."""
    try:
        data = json.loads(content)
        return Arrangement({str(name): _style(row) for name, row in data.items()})
    except MisshapenError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MisshapenError(f"it cannot be read ({type(error).__name__}: {error})") from None


def _style_as_json(style: Style) -> dict[str, Any]:
    return {
        "phrases": [_phrase_as_json(phrase) for phrase in style.phrases],
        "loops": [[list(loop.masks), list(loop.roots)] for loop in style.loops],
        "lengths": {name: {str(units): n for units, n in row.items()} for name, row in style.lengths.items()},
        "transitions": {name: dict(row) for name, row in style.transitions.items()},
        "kept": list(style.kept),
        "carried": list(style.carried),
        "endings": {name: [_shifted(row) for row in rows] for name, rows in style.endings.items()},
        "filled": style.filled,
    }


def _shifted(changes: Sequence[int]) -> str:
    """Return changes of level as digits, where 3 means no change."""
    return "".join(str(change + DRUM_LEVELS - 1) for change in changes)


def _phrase_as_json(phrase: Phrase) -> list[Any]:
    levels = [_shortest("".join(map(str, row))) for row in (*phrase.voices, *phrase.drums)]
    form = [_shortest(row) for row in phrase.form]
    manner = "".join(map(str, phrase.manner))
    label = ["".join(map(str, phrase.genres)), int(phrase.synthetic)] if phrase.genres else []
    return [phrase.section, phrase.energy, " ".join(levels), manner, " ".join(form), *label]


def _shortest(row: str) -> str:
    """Return the first one, two or four characters if the row only repeats them, else all eight."""
    return next(row[:n] for n in (1, 2, 4, 8) if row[:n] * (len(row) // n) == row)


def _style(row: Mapping[str, Any]) -> Style:
    return Style(
        tuple(_phrase(each) for each in row["phrases"]),
        tuple(_loop(*each) for each in row["loops"]),
        {_section(name): _counts(counts, int) for name, counts in row["lengths"].items()},
        {_section(name): _counts(counts, _section) for name, counts in row["transitions"].items()},
        _shares(row["kept"]),
        _shares(row["carried"]),
        {_section(name): tuple(_ending(each) for each in rows) for name, rows in row["endings"].items()},
        _shares([row["filled"]], 1)[0],
    )


def _phrase(row: Sequence[Any]) -> Phrase:
    section, energy, levels, manner, form, *label = row
    _require(_is_share(energy), "the energy of a phrase is not a number from 0 to 1")
    rows = [_bars(each) for each in levels.split(" ")]
    _require(len(rows) == _VOICES + _DRUMS, f"a phrase does not have {_VOICES} voices and {_DRUMS} drums")
    letters = tuple(_bars(each) for each in form.split(" "))
    _require(len(letters) == _PARTS, f"a phrase does not have {_PARTS} forms")
    return Phrase(
        _section(section),
        float(energy),
        tuple(_levels(each, VOICE_LEVELS) for each in rows[:_VOICES]),
        tuple(_levels(each, DRUM_LEVELS) for each in rows[_VOICES:]),
        _manner(manner),
        letters,
        *_label(*label),
    )


def _label(genres: str = "", synthetic: int = 0) -> tuple[tuple[int, ...], bool]:
    weights = tuple(map(int, genres))
    fits = not weights or (len(weights) == len(GENRES) and all(0 <= weight <= _MOST for weight in weights))
    _require(fits, f"a phrase does not have the weights 0 to {_MOST} of {len(GENRES)} genres")
    return weights, bool(synthetic)


def _bars(row: str) -> str:
    _require(len(row) in (1, 2, 4, BARS_PER_PHRASE), "a row of a phrase does not have eight bars")
    return row * (BARS_PER_PHRASE // len(row))


def _levels(row: str, bound: int) -> tuple[int, ...]:
    levels = tuple(map(int, row))
    _require(all(0 <= level < bound for level in levels), f"a level is not from 0 to {bound - 1}")
    return levels


def _manner(row: str) -> tuple[int, ...]:
    # Older bundles do not say how bass and chords strike.
    values = tuple(map(int, row.ljust(len(_MANNERS), "0")))
    fits = len(values) == len(_MANNERS) and all(0 <= v <= m for v, m in zip(values, _MANNERS, strict=True))
    _require(fits, "the manner of a phrase is out of range")
    return values


def _loop(masks: list[int], roots: list[int]) -> Loop:
    fits = len(masks) == len(roots) and len(masks) in (8, 16)
    _require(fits, "a chord loop does not have four or eight bars")
    are_sets = all(type(mask) is int and 0 <= mask < _PITCH_CLASS_SETS for mask in masks)
    _require(are_sets, "a chord is not a 12-bit pitch-class set")
    _require(all(type(root) is int and -1 <= root < 12 for root in roots), "a root is not a pitch class")
    return Loop(tuple(masks), tuple(roots))


def _counts(counts: Mapping[str, int], key: Any) -> dict[Any, int]:
    _require(all(type(n) is int and n > 0 for n in counts.values()), "a count is not a whole number above 0")
    read = {key(name): n for name, n in counts.items()}
    _require(all(type(name) is str or name > 0 for name in read), "the length of a section is not above 0")
    return read


def _ending(row: str) -> tuple[int, ...]:
    _require(len(row) == _DRUMS, f"the ending of a section does not have {_DRUMS} drums")
    return tuple(level - DRUM_LEVELS + 1 for level in _levels(row, 2 * DRUM_LEVELS - 1))


def _shares(row: Sequence[float], count: int = _PARTS) -> tuple[float, ...]:
    _require(
        len(row) == count and all(map(_is_share, row)), f"a row does not have {count} numbers from 0 to 1"
    )
    return tuple(map(float, row))


def _is_share(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1  # type: ignore[operator]


def _section(name: str) -> str:
    _require(name in SECTIONS, f"{name!r:.20} is not a section")
    return name


def _require(fits: bool, otherwise: str) -> None:
    if not fits:
        raise MisshapenError(otherwise)
