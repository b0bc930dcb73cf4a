"""The form of a set: a sequence of tracks, each a sequence of sections whose order and lengths follow songs."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import count
from math import pi, sin
from typing import Final, NamedTuple

from daemon.music.arranging.blend import GenreBlend
from daemon.music.arranging.chance import chance, weighed
from models.arrangement import UNIT_BARS, Style
from models.genres import FOUR, usual_beat
from models.notes import BARS_PER_PHRASE

# How many bars are planned at a time (two hours at 128 BPM): this bounds memory over months of music.
EPOCH_BARS: Final = 4096
# Which sections may follow a section in dance music, and the least and most bars of each section.
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
# Songs have fewer builds than a set needs, so the counts of builds are multiplied.
_WEIGHT: Final[Mapping[str, float]] = {"build": 3.0}
_SHORTEST_TRACK, _LONGEST_TRACK = 64, 128
# Semitones to the next track's key, with weights; all are near keys: fifths, relatives, steps.
_KEY_STEPS: Final[Mapping[int, float]] = {5: 3, -5: 3, 3: 2, -3: 2, 2: 2, -2: 2, 7: 1, -7: 1, 1: 1, -1: 1}
_KEY_STAYS, _KEY_RETURNS = 0.45, 0.5
# The share of tracks whose last drop is higher than the rest, and by how many semitones, with weights.
_LIFTED: Final = 0.15
_LIFTS: Final[Mapping[int, float]] = {1: 1, 2: 1}
# The share of tracks of each genre: four on the floor in three of four.
_GENRES: Final[Mapping[str, float]] = {
    "house": 0.31, "deep house": 0.14, "techno": 0.12, "trance": 0.18, "drum and bass": 0.05, "dubstep": 0.06,
    "breakbeat": 0.08, "synthwave": 0.06,
}  # fmt: skip
USUAL: Final = "house"
"""The genre of music without tracks."""
# The section's name while the director is off, and that of a track's first section.
FREE: Final = "free"
INTRO: Final = "intro"


# After how many tracks a set's energy has risen and fallen once: a set of an hour has two or three such waves.
_WAVE_TRACKS: Final = 6


class Section(NamedTuple):
    """Consecutive bars with one character.

    `key` is in semitones above the common key, `follows` names the next section, `genre` is the genre that it follows.
    `again` is how many bars before a later drop the track's first drop starts, 0 for other sections. `blend` has the
    genres of the track if it blends two.
    """

    name: str
    start_bar: int
    bars: int
    track: int
    key: int = 0
    follows: str = ""
    genre: str = USUAL
    again: int = 0
    blend: GenreBlend | None = None

    @property
    def genres(self) -> GenreBlend:
        """The genres of the track: `blend`, or `genre` alone."""
        return self.blend or GenreBlend(self.genre)

    @property
    def usual_beat(self) -> int:
        """The usual kind of beat of the genre (`models.beats`)."""
        return usual_beat(self.genre)

    @property
    def house(self) -> bool:
        """Whether the genre has four on the floor."""
        return self.usual_beat == FOUR

    @property
    def origin(self) -> int:
        """The first bar of the section whose plan this one repeats: the track's first drop, else this section."""
        return self.start_bar - self.again

    def progress(self, bar: int) -> float:
        """Return 0 at the section's first bar, rising towards 1 at its last."""
        return (bar - self.start_bar) / self.bars

    def bars_left(self, bar: int) -> int:
        """Return how many bars of the section follow this one."""
        return self.start_bar + self.bars - 1 - bar


def genre_of(seed: int, track: int) -> str:
    """Return the genre that the seed draws for a track."""
    return weighed(_GENRES, chance(seed, "genre", track))


def wave(track: int) -> float:
    """Return how full a track is among the others, -1 to 1: it rises and falls over the tracks of a set."""
    return sin(2 * pi * (track % EPOCH_BARS / _WAVE_TRACKS))


class SetForm:
    """The sections of an endless set; two epochs stay in memory, because bars at their border need both."""

    def __init__(self, seed: int, style: Style) -> None:
        self._seed, self._style = seed, style
        self._epochs: dict[int, list[Section]] = {}

    def at(self, bar: int) -> Section:
        """Return the section of a bar."""
        epoch = bar // EPOCH_BARS
        if epoch not in self._epochs:
            self._epochs = {other: kept for other, kept in self._epochs.items() if abs(other - epoch) == 1}
            self._epochs[epoch] = self._plan(epoch)
        sections = self._epochs[epoch]
        return sections[bisect_right(sections, bar, key=lambda section: section.start_bar) - 1]

    def before(self, section: Section) -> Section | None:
        """Return the section before `section` in the same track, None if there is none."""
        if section.start_bar % EPOCH_BARS == 0:
            return None
        last = self.at(section.start_bar - 1)
        return last if last.track == section.track else None

    def _plan(self, epoch: int) -> list[Section]:
        """Return all sections of an epoch; the last one ends with the epoch."""
        sections: list[Section] = []
        start, end = epoch * EPOCH_BARS, (epoch + 1) * EPOCH_BARS
        key = 0
        for track in count(epoch * EPOCH_BARS):
            key = self._next_key(track, key) if start % EPOCH_BARS else 0
            genre = genre_of(self._seed, track)
            form = self._track(track)
            drops = [number for number, (name, _) in enumerate(form) if name == "drop"]
            first_drop = start + sum(bars for _, bars in form[: drops[0]])
            for number, (name, bars) in enumerate(form):
                key = _wrapped(key + self._lift(track)) if number == drops[-1] else key
                again = start - first_drop if name == "drop" else 0
                bars = min(bars, end - start)  # noqa: PLW2901 - the epoch ends
                sections.append(Section(name, start, bars, track, key, genre=genre, again=again))
                start += bars
                if start >= end:
                    names = [*(section.name for section in sections[1:]), "intro"]
                    pairs = zip(sections, names, strict=True)
                    return [section._replace(follows=name) for section, name in pairs]
        raise AssertionError("unreachable: every epoch ends")

    def _track(self, track: int) -> list[tuple[str, int]]:
        """Return the names and lengths in bars of a track's sections, from intro to outro."""
        sections: list[tuple[str, int]] = []
        name, bars = "intro", 0
        while name:
            number = len(sections)
            sections.append((name, self._bars(track, number, name)))
            bars += sections[-1][1]
            drops = sum(each == "drop" for each, _ in sections)
            may_end = drops > 1 and bars >= _SHORTEST_TRACK
            name = self._following(track, name, number, may_end=may_end, must_end=bars >= _LONGEST_TRACK)
        return self._with_short_builds(track, sections)

    def _bars(self, track: int, number: int, name: str) -> int:
        """Draw the length of a section from songs, in bars, rounded up to whole phrases and within `_BOUNDS`."""
        lowest, highest = _BOUNDS[name]
        counts = self._style.lengths.get(name) or {lowest // UNIT_BARS: 1}
        units = weighed(counts, chance(self._seed, "bars", track, number))
        phrases = -(-units * UNIT_BARS // BARS_PER_PHRASE)
        return min(max(phrases * BARS_PER_PHRASE, lowest), highest)

    def _following(self, track: int, name: str, number: int, *, may_end: bool, must_end: bool) -> str:
        """Draw the next section by its frequency in songs; return "" after an outro.

        A track ends only after a drop. It has at least its shortest length, and ends at the first drop after its longest.
        """
        if name == "drop" and may_end and must_end:
            return "outro"
        found = self._style.transitions.get(name, {})
        weights = {
            other: (found.get(other, 0) + 1) * _WEIGHT.get(other, 1.0)
            for other in _FOLLOWS.get(name, ())
            if other != "outro" or may_end
        }
        return weighed(weights, chance(self._seed, "next", track, number)) if weights else ""

    def _with_short_builds(self, track: int, sections: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Shorten some builds to half a phrase, as often as in songs, and lengthen the break before them equally."""
        counts = self._style.lengths.get("build", {})
        share = counts.get(1, 0) / max(sum(counts.values()), 1)
        for number in range(1, len(sections)):
            (before, longer), (name, bars) = sections[number - 1], sections[number]
            draws = chance(self._seed, "hurry", track, number) < share
            if (before, name, bars) == ("break", "build", BARS_PER_PHRASE) and longer == bars and draws:
                sections[number - 1 : number + 1] = [(before, longer + UNIT_BARS), (name, bars - UNIT_BARS)]
        return sections

    def _next_key(self, track: int, key: int) -> int:
        """Return the next track's key: often the same or the common key, else a near one."""
        if chance(self._seed, "key", track) < _KEY_STAYS:
            return key
        if key and chance(self._seed, "home", track) < _KEY_RETURNS:
            return 0
        return _wrapped(key + weighed(_KEY_STEPS, chance(self._seed, "step", track)))

    def _lift(self, track: int) -> int:
        """Return by how many semitones the track's last drop is higher than the rest, 0 in most tracks."""
        if chance(self._seed, "lift", track) >= _LIFTED:
            return 0
        return weighed(_LIFTS, chance(self._seed, "lift by", track))


def _wrapped(key: int) -> int:
    return (key + 6) % 12 - 6
