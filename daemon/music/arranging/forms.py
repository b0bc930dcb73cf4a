"""Decide which bars of a part repeat earlier bars, with letters as in a song's form (such as AABA)."""

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from daemon.music.arranging.barplan import Repeats
from daemon.music.arranging.chance import chance
from daemon.music.arranging.looping import LEARNED, held, strictness
from daemon.music.arranging.phrasing import PARTS, Phrasing
from daemon.music.arranging.set_form import FREE, Section, SetForm
from models.arrangement import Arrangement
from models.chords import Halves
from models.codecs import melody
from models.codecs.base import LOOKBACK_BARS
from models.notes import BARS_PER_PHRASE

Letter = Hashable
_VOICES: Final = len(melody.LAYOUT.parts)
_BASS, _KICK = PARTS.index("bass"), PARTS.index("kick")
# The share of house tracks in which the bass repeats its bar wherever the roots are the same, whatever its phrase does.
# In songs with four on the floor, 79 % of the bars with the same roots as the bar before repeat that bar.
_OSTINATO: Final = 0.8
# The share of voices that repeat their phrase for a whole drop.
_HELD_DROPS: Final = 0.6
# A melodic part plays something new after at most this many phrases, even if songs do not.
_LONGEST_PHRASES: Final = 4


class Sounding(NamedTuple):
    """A bar with its levels and chords decided; `drums` holds the levels for each part of the kit."""

    section: Section
    bar: int
    phrasing: Phrasing
    voices: tuple[int, ...]
    drums: tuple[tuple[int, ...], ...]
    harmony: Halves


class Forms:
    """Give every bar a letter for each part; bars with equal letters are equal."""

    def __init__(self, seed: int, arrangement: Arrangement, set_form: SetForm) -> None:
        self._seed, self._set_form = seed, set_form
        self._carried = {False: arrangement.style("edm").carried, True: arrangement.house.carried}

    def letters(self, sounding: Sounding, repetition: float) -> tuple[Letter, ...]:
        """Return each part's letter: at `repetition` 0 all bars are new, at 0.6 they repeat as in songs, at 1 all loop."""
        return tuple(self._letter(sounding, part, repetition) for part in range(len(PARTS)))

    def _letter(self, sounding: Sounding, part: int, repetition: float) -> Letter:
        bar, section = sounding.bar, sounding.section
        if chance(self._seed, "new", bar, part) >= repetition / LEARNED:
            return ("new", bar)
        content = _content(sounding, part)
        if not any(content):
            return "silent"
        if part == _KICK:
            return content
        phrasing = sounding.phrasing
        place, hook = phrasing.places[part], self._hook(section, part, strictness(repetition))
        letter = phrasing.follows[part].form[part][place]
        if part == _BASS and self._is_ostinato(section):
            letter = "ostinato"
        elif phrasing.loops[part] < BARS_PER_PHRASE:
            return (content, hook, "loop", place)
        if self._holds(section, part):
            return (content, hook, letter)
        return (content, hook, letter, self._version(sounding, part, letter))

    def loops(self, section: Section, phrasing: Phrasing) -> tuple[int, ...]:
        """Return for each part after how many bars of a section it must repeat itself; 0 if it need not."""
        return tuple(self._loop(section, part, loop) for part, loop in enumerate(phrasing.loops))

    def _loop(self, section: Section, part: int, loop: int) -> int:
        if part == _BASS and self._is_ostinato(section):
            return 1
        must = loop < BARS_PER_PHRASE or (part < _VOICES and self._holds(section, part))
        return loop if must else 0

    def _is_ostinato(self, section: Section) -> bool:
        """Return whether the bass of a track repeats its bar wherever the roots are the same."""
        return section.house and chance(self._seed, "ostinato", section.track) < _OSTINATO

    def _holds(self, section: Section, part: int) -> bool:
        """Return whether a part repeats its phrase for the whole section: a groove does, and mostly a voice in a drop."""
        if part >= _VOICES:
            return part > _KICK
        return section.name == "drop" and chance(self._seed, "drop phrase", section.track, part) < _HELD_DROPS

    def _hook(self, section: Section, part: int, strict: float) -> int:
        """Return the first bar of the section in which the part's music began: this section or an earlier one."""
        house = section.house
        origin: Section | None = section
        while origin and section.name != FREE:
            section = origin
            carried = held(self._carried[house][part], house=house)
            if chance(self._seed, "carried", section.start_bar, part) >= max(carried, strict):
                break
            origin = self._set_form.before(section)
        return section.start_bar

    def _version(self, sounding: Sounding, part: int, letter: str) -> int:
        """Return the number of the first phrase in which the letter meant the same bar as it does now."""
        phrase = _phrase(sounding.bar)
        kept = held(sounding.phrasing.kept[part], house=sounding.section.house)
        for back in range(_LONGEST_PHRASES):
            renewed = part < _VOICES and (phrase - back) % _LONGEST_PHRASES == 0
            if renewed or chance(self._seed, "kept", phrase - back, part, letter) >= kept:
                return phrase - back
        return 0 if part >= _VOICES else phrase


def letters_of(sounding: Sounding, origins: Sequence[int]) -> tuple[Letter, ...]:
    """Return the letters of a bar that the plan network wrote; `origins` are the bars in which its parts' music began."""
    return tuple(
        ("written", origin, content) if any(content := _content(sounding, part)) else "silent"
        for part, origin in enumerate(origins)
    )


def rhythm_letters_of(sounding: Sounding, rhythms: Sequence[int]) -> tuple[Letter, ...]:
    """Return the letters of the voices' rhythms; `rhythms` are the bars in which they began. A rest repeats nothing."""
    return tuple(
        ("rhythm", origin, level) if level else ("rest", sounding.bar)
        for origin, level in zip(rhythms, sounding.voices, strict=True)
    )


def _content(sounding: Sounding, part: int) -> tuple[object, ...]:
    """Return what equal bars have in common: the part's levels, the roots for the bass, the masks for the chords."""
    if part >= _VOICES:
        levels = sounding.drums[part - _VOICES]
        return levels if any(levels) else ()
    level = sounding.voices[part]
    if not level:
        return ()
    harmony = {
        0: tuple(root for _, root in sounding.harmony),
        1: tuple(mask for mask, _ in sounding.harmony),
    }
    return (level, harmony.get(part))


def repeats(letters: Sequence[Sequence[Letter] | None]) -> tuple[Repeats, ...]:
    """Return for each part whether a bar repeats the bars 1, 2, 4 and 8 bars before it; and that it recalls no other bar.

    `letters` holds the letters of the bar, then those of the earlier bars, None for a bar before 0.
    """
    now, *before = letters
    assert now is not None  # noqa: S101 - the bar itself
    assert len(before) == len(LOOKBACK_BARS)  # noqa: S101
    return tuple(
        (*(old is not None and old[part] == letter for old in before), False)
        for part, letter in enumerate(now)
    )


def _phrase(bar: int) -> int:
    return bar // BARS_PER_PHRASE
