"""The course of a set: tracks one after the other, each a row of sections, in lengths and order as songs have them."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import count
from typing import Final, NamedTuple

from daemon.music.arranging.chance import chance, weighed
from models.arrangement import UNIT_BARS, Style
from models.notes import BARS_PER_PHRASE

# Sections are planned so many bars at a time (two hours at 128 BPM): months of music keep no more than that.
EPOCH_BARS: Final = 4096
# What may follow a section on a dance floor, and within how many bars each keeps.
_FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "intro": ("build", "drop"),
    "build": ("drop",),
    "drop": ("break", "groove", "outro"),
    "groove": ("break", "build", "drop"),
    "break": ("build", "drop"),
}
_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "intro": (8, 16), "build": (8, 16), "drop": (16, 32), "groove": (8, 24), "break": (8, 16), "outro": (8, 16),
}  # fmt: skip
# Songs build up less often than a set should: builds count for more than they were found.
_WEIGHT: Final[Mapping[str, float]] = {"build": 3.0}
_SHORTEST_TRACK, _LONGEST_TRACK = 64, 128
# Semitones to the next track's key, all of them near: fifths, relatives, steps.
_KEY_STEPS: Final[Mapping[int, float]] = {5: 3, -5: 3, 3: 2, -3: 2, 2: 2, -2: 2, 7: 1, -7: 1, 1: 1, -1: 1}
_KEY_STAYS, _KEY_RETURNS, _LIFT = 0.45, 0.5, 0.06
# How many tracks have four on the floor.
_HOUSE: Final = 0.75
# The name of what there is instead of a section when none unfold.
FREE: Final = "free"


class Section(NamedTuple):
    """A stretch of bars with one character.

    `key` in semitones above the common one, `follows` the section after it, `house` whether its track has four on the floor.
    """

    name: str
    start_bar: int
    bars: int
    track: int
    key: int = 0
    follows: str = ""
    house: bool = True

    def progress(self, bar: int) -> float:
        """0 at the section's first bar, towards 1 at its last."""
        return (bar - self.start_bar) / self.bars

    def bars_left(self, bar: int) -> int:
        """How many bars follow this one in the section."""
        return self.start_bar + self.bars - 1 - bar


def is_house(seed: int, track: int) -> bool:
    """Whether a track has four on the floor."""
    return chance(seed, "house", track) < _HOUSE


class SetForm:
    """All sections of a set without end, of which two epochs are kept: the end of one looks at the next."""

    def __init__(self, seed: int, style: Style) -> None:
        self._seed, self._style = seed, style
        self._epochs: dict[int, list[Section]] = {}

    def at(self, bar: int) -> Section:
        """The section a bar belongs to."""
        epoch = bar // EPOCH_BARS
        if epoch not in self._epochs:
            self._epochs = {other: kept for other, kept in self._epochs.items() if abs(other - epoch) == 1}
            self._epochs[epoch] = self._plan(epoch)
        sections = self._epochs[epoch]
        return sections[bisect_right(sections, bar, key=lambda section: section.start_bar) - 1]

    def before(self, section: Section) -> Section | None:
        """The section before one of the course, within the same track."""
        if section.start_bar % EPOCH_BARS == 0:
            return None
        last = self.at(section.start_bar - 1)
        return last if last.track == section.track else None

    def _plan(self, epoch: int) -> list[Section]:
        """All sections of an epoch; the last one ends with it."""
        sections: list[Section] = []
        start, end = epoch * EPOCH_BARS, (epoch + 1) * EPOCH_BARS
        key = 0
        for track in count(epoch * EPOCH_BARS):
            key = self._next_key(track, key) if start % EPOCH_BARS else 0
            house = is_house(self._seed, track)
            for number, (name, bars) in enumerate(self._track(track)):
                key = self._lifted(track, number, name, key)
                sections.append(Section(name, start, min(bars, end - start), track, key, house=house))
                start += bars
                if start >= end:
                    names = [*(section.name for section in sections[1:]), "intro"]
                    pairs = zip(sections, names, strict=True)
                    return [section._replace(follows=name) for section, name in pairs]
        raise AssertionError("an epoch ends")

    def _track(self, track: int) -> list[tuple[str, int]]:
        """Names and bars of a track's sections, from intro to outro."""
        sections: list[tuple[str, int]] = []
        name, bars = "intro", 0
        while name:
            number = len(sections)
            sections.append((name, self._bars(track, number, name)))
            bars += sections[-1][1]
            drops = sum(each == "drop" for each, _ in sections)
            may_end = drops > 1 and bars >= _SHORTEST_TRACK
            name = self._following(track, name, number, may_end=may_end, must_end=bars >= _LONGEST_TRACK)
        return self._hurried(track, sections)

    def _bars(self, track: int, number: int, name: str) -> int:
        """Whole phrases, as long as a section of that name lasts in some song, within bounds."""
        lowest, highest = _BOUNDS[name]
        counts = self._style.lengths.get(name) or {lowest // UNIT_BARS: 1}
        units = weighed(counts, chance(self._seed, "bars", track, number))
        phrases = -(-units * UNIT_BARS // BARS_PER_PHRASE)
        return min(max(phrases * BARS_PER_PHRASE, lowest), highest)

    def _following(self, track: int, name: str, number: int, *, may_end: bool, must_end: bool) -> str:
        """What comes next as often as in songs; a track ends after a drop, neither too early nor too late."""
        if name == "drop" and may_end and must_end:
            return "outro"
        found = self._style.transitions.get(name, {})
        weights = {
            other: (found.get(other, 0) + 1) * _WEIGHT.get(other, 1.0)
            for other in _FOLLOWS.get(name, ())
            if other != "outro" or may_end
        }
        return weighed(weights, chance(self._seed, "next", track, number)) if weights else ""

    def _hurried(self, track: int, sections: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Some builds are half a phrase, and the break before them is longer by as much, as often as in songs."""
        counts = self._style.lengths.get("build", {})
        share = counts.get(1, 0) / max(sum(counts.values()), 1)
        for number in range(1, len(sections)):
            (before, longer), (name, bars) = sections[number - 1], sections[number]
            draws = chance(self._seed, "hurry", track, number) < share
            if (before, name, bars) == ("break", "build", BARS_PER_PHRASE) and longer == bars and draws:
                sections[number - 1 : number + 1] = [(before, longer + UNIT_BARS), (name, bars - UNIT_BARS)]
        return sections

    def _next_key(self, track: int, key: int) -> int:
        """Often the same, often home again, else one near."""
        if chance(self._seed, "key", track) < _KEY_STAYS:
            return key
        if key and chance(self._seed, "home", track) < _KEY_RETURNS:
            return 0
        return _wrapped(key + weighed(_KEY_STEPS, chance(self._seed, "step", track)))

    def _lifted(self, track: int, number: int, name: str, key: int) -> int:
        """Once in a while a later drop lies a tone higher."""
        lifts = name == "drop" and number > 3 and chance(self._seed, "lift", track, number) < _LIFT
        return _wrapped(key + 2) if lifts else key


def _wrapped(key: int) -> int:
    return (key + 6) % 12 - 6
