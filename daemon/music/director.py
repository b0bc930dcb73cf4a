"""Sections: what every bar is to hold, as a pure function of the seed, the bar and the parameters."""

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

from daemon.music.barplan import FOUR_ON_THE_FLOOR, BarPlan
from daemon.parameters import Parameters
from models.bundle import ChordLoop
from models.codecs.percussion import DRUMS

MOST: Final = 3
# Sections are planned so many bars at a time (two hours at 128 BPM): months of music keep no more than that.
EPOCH_BARS: Final = 4096
# Levels 0..3 as voices have them: 0..5.
_VOICE_LEVEL: Final = (0, 1, 3, 4)


class Section(NamedTuple):
    """A stretch of bars with one character; `chapter` sections share their chord loops, `character` tells sections apart."""

    name: str
    start_bar: int
    bars: int
    chapter: int
    character: float

    def progress(self, bar: int) -> float:
        """0 at the section's first bar, towards 1 at its last."""
        return (bar - self.start_bar) / self.bars

    def bars_left(self, bar: int) -> int:
        """How many bars follow this one in the section."""
        return self.start_bar + self.bars - 1 - bar


class Shape(NamedTuple):
    """A bar's plan before it is rounded: `energy` 0..1, and levels 0..3 of the melodic voices."""

    energy: float
    bass: float
    chords: float
    lead: float


# One chapter: what follows what, and the lengths in bars that are drawn from.
_FIRST: Final = (("intro", (8,)), ("build", (8,)), ("drop", (16,)))
_CHAPTER: Final = (("break", (8, 8, 16)), ("build", (8,)), ("drop", (16, 16, 32)))
_OFF: Final = Section("free", 0, 1 << 40, 0, 0.5)


class Director:
    """Plans a set without end: the same seed gives the same sections, whatever was asked for before."""

    def __init__(self, seed: int, chord_loops: Mapping[str, Sequence[ChordLoop]]) -> None:
        self._seed = seed
        self._loops = chord_loops
        self._epoch = -1
        self._sections: list[Section] = []

    def section_at(self, bar: int) -> Section:
        """The section a bar belongs to when sections unfold by themselves."""
        epoch = bar // EPOCH_BARS
        if epoch != self._epoch:
            self._epoch, self._sections = epoch, self._chapters(epoch)
        return self._sections[bisect_right(self._sections, bar, key=lambda section: section.start_bar) - 1]

    def plan(self, bar: int, parameters: Parameters) -> BarPlan:
        """What `bar` is to hold under these parameters."""
        chapter = self.section_at(bar)
        if parameters.director:
            section, shape = chapter, lean(shape_of(chapter, bar), parameters)
        else:
            section, shape = _OFF, free_shape(parameters)
        # Classical music has no drum kit: it leaves as the mix passes the middle.
        drive = shape.energy * min(1.0, 2 * (1 - parameters.classical_mix))
        return BarPlan(
            section.name,
            self._harmony(chapter, bar, parameters.classical_mix),
            self._levels(chapter, bar, shape),
            drum_levels(drive, section, bar),
            shape.energy,
        )

    def _chapters(self, epoch: int) -> list[Section]:
        """All sections of an epoch; the last one ends with it."""
        sections: list[Section] = []
        start, end = epoch * EPOCH_BARS, (epoch + 1) * EPOCH_BARS
        for chapter in count(epoch * EPOCH_BARS):
            draw = random.Random(f"{self._seed} chapter {chapter}")  # noqa: S311 - music, not secrets
            for name, lengths in _CHAPTER if chapter else _FIRST:
                bars = min(draw.choice(lengths), end - start)
                sections.append(Section(name, start, bars, chapter, draw.random()))
                start += bars
                if start == end:
                    return sections
        raise AssertionError("an epoch ends")

    def _levels(self, section: Section, bar: int, shape: Shape) -> tuple[int, int, int]:
        """Levels between two whole ones are higher in some bars of four than in others, in each four alike."""
        draw = random.Random(f"{self._seed} levels {section.chapter} {bar % 4}")  # noqa: S311
        bass, chords, lead = (_VOICE_LEVEL[min(int(level + draw.random()), MOST)] for level in shape[1:])
        return bass, chords, lead

    def _harmony(self, section: Section, bar: int, classical_mix: float) -> tuple[int, int]:
        """The chapter's loop; breaks take its second one. A loop is kept for two chapters, so that it returns."""
        which = "b" if section.name == "break" else "a"
        draw = random.Random(f"{self._seed} harmony {section.chapter // 2} {which}")  # noqa: S311
        style = "classical" if draw.random() < classical_mix else "edm"
        loops = self._loops.get(style) or self._loops.get("edm") or ()
        if not loops:
            return 0, 0
        loop = loops[int(len(loops) * draw.random() ** 2)]
        halves = len(loop)
        return loop[2 * bar % halves], loop[(2 * bar + 1) % halves]


def shape_of(section: Section, bar: int) -> Shape:
    """The section's own course: builds rise, drops are full, breaks are bare of drums and then swell."""
    late = section.progress(bar) >= 0.5
    rising = section.progress(bar)
    match section.name:
        case "intro":
            return Shape(0.35 + 0.2 * rising, 2 if late else 0, 1, 0)
        case "build":
            return Shape(0.4 + 0.35 * rising, 2, 2, 2 if late else 1)
        case "drop":
            return Shape(
                0.8 + 0.15 * late,
                3 if section.character > 0.4 else 2,
                2,
                3 if late and section.character > 0.6 else 2,
            )
        case _:
            return Shape(0.1 + 0.2 * rising, 1, 2, 2 if section.character > 0.3 or late else 1)


def lean(shape: Shape, parameters: Parameters) -> Shape:
    """A section's plan leaned up or down by energy and density; 0.5 leaves it as it is, a silent voice stays silent."""
    push, fill = parameters.energy - 0.5, parameters.density - 0.5
    return Shape(
        min(max(shape.energy + push, 0.0), 1.0),
        _shifted(shape.bass, 2 * push),
        _shifted(shape.chords, 2.5 * fill),  # the harmony thins out, but stays
        _shifted(shape.lead, 4 * fill),
    )


def _shifted(level: float, by: float) -> float:
    """Moved, but neither silenced nor woken unless by more than a level."""
    return level if level == 0 else min(max(level + by, 1.0 if by > -1.5 else 0.0), float(MOST))


def free_shape(parameters: Parameters) -> Shape:
    """Without sections energy and density say how it is."""
    energy, density = parameters.energy, parameters.density
    bass = (energy - 0.1) * 5 if energy < 0.5 else 2 + (energy - 0.5) * 2
    return Shape(
        energy, *(min(max(level, 0.0), MOST) for level in (bass, 0.6 + 2.9 * density, 3.6 * density - 0.1))
    )


def _level(value: float, *bounds: float) -> int:
    return sum(value >= bound for bound in bounds)


def drum_levels(energy: float, section: Section, bar: int) -> tuple[int, ...]:
    """A level for each drum: kick first, then hats and backbeat, then colour; fills at the ends of phrases and sections."""
    levels = dict.fromkeys(DRUMS, 0)
    levels["kick"] = FOUR_ON_THE_FLOOR * (energy >= 0.2)
    backbeat = _level(energy, 0.4)
    levels["clap" if section.character > 0.5 else "snare"] = backbeat
    levels["snare"] = max(levels["snare"], _level(energy, 0.9))
    levels["closed_hat"] = 2 * _level(energy, 0.28) + _level(energy, 0.62)
    levels["open_hat"] = 2 * _level(energy, 0.5)
    levels["rim"] = _level(energy, 0.68)
    levels["ride"] = 2 * _level(energy, 0.92)
    _fill(levels, energy, section, bar)
    return tuple(levels.values())


def _fill(levels: dict[str, int], energy: float, section: Section, bar: int) -> None:
    if energy < 0.35:
        return
    if section is not _OFF and section.start_bar == bar:
        levels["crash"] = 1
    if section is not _OFF and section.bars_left(bar) == 0:
        levels["snare"], levels["kick"], levels["tom"] = (
            MOST,
            1 if section.name == "build" else levels["kick"],
            1,
        )
    elif bar % 8 == 7:
        levels["tom"], levels["snare"] = 1, max(levels["snare"], 2)
