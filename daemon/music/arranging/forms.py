"""Which bars of a part are the same bar again: letters as in a song's form, compared over the lookbacks."""

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from daemon.music.arranging.chance import chance
from daemon.music.arranging.looping import LEARNED, held, strictness
from daemon.music.arranging.phrasing import PARTS, Phrasing
from daemon.music.arranging.set_form import FREE, Section, SetForm
from daemon.music.barplan import Repeats
from models.arrangement import Arrangement
from models.chords import Halves
from models.codecs import melody
from models.codecs.base import LOOKBACK_BARS
from models.notes import BARS_PER_PHRASE

Letter = Hashable
_VOICES: Final = len(melody.LAYOUT.parts)
_BASS, _KICK = PARTS.index("bass"), PARTS.index("kick")
# In so many tracks of house the bass plays the same bar wherever it stands on the same roots, whatever its phrase does:
# in songs with four on the floor 79 % of bars over the roots of the bar before repeat it.
_OSTINATO: Final = 0.75
# After so many phrases at most a melodic part plays something new, whatever the songs do.
_LONGEST_PHRASES: Final = 4


class Sounding(NamedTuple):
    """A bar whose levels and chords are decided; `drums` by part of the kit."""

    section: Section
    bar: int
    phrasing: Phrasing
    voices: tuple[int, ...]
    drums: tuple[tuple[int, ...], ...]
    harmony: Halves


class Forms:
    """Gives every bar a letter for each part; equal letters are equal bars."""

    def __init__(self, seed: int, arrangement: Arrangement, set_form: SetForm) -> None:
        self._seed, self._set_form = seed, set_form
        self._carried = {False: arrangement.style("edm").carried, True: arrangement.house.carried}

    def letters(self, sounding: Sounding, repetition: float) -> tuple[Letter, ...]:
        """Letters of a bar: the songs' own at 0.6, unheard before at 0, a short loop's at 1."""
        return tuple(self._letter(sounding, part, repetition) for part in range(len(PARTS)))

    def _letter(self, sounding: Sounding, part: int, repetition: float) -> Letter:
        bar, section = sounding.bar, sounding.section
        if chance(self._seed, "new", bar, part) >= repetition / LEARNED:
            return ("new", bar)
        says = _said(sounding, part)
        if not any(says):
            return "silent"
        if section.house and part == _KICK:
            return says
        phrasing = sounding.phrasing
        place, hook = phrasing.places[part], self._hook(section, part, strictness(repetition))
        if phrasing.loops[part] < BARS_PER_PHRASE:
            return (says, hook, "loop", place)
        letter = phrasing.follows[part].form[part][place]
        if section.house and part == _BASS and chance(self._seed, "ostinato", section.track) < _OSTINATO:
            letter = "ostinato"
        if section.house and part > _KICK:
            # A groove stays as long as its section does.
            return (says, hook, letter)
        return (says, hook, letter, self._version(sounding, part, letter))

    def _hook(self, section: Section, part: int, strict: float) -> int:
        """The bar from which on the part has what it plays: the section's first, or that of one before it."""
        origin: Section | None = section
        while origin and section.name != FREE:
            section = origin
            carried = held(self._carried[section.house][part], house=section.house)
            if chance(self._seed, "carried", section.start_bar, part) >= max(carried, strict):
                break
            origin = self._set_form.before(section)
        return section.start_bar

    def _version(self, sounding: Sounding, part: int, letter: str) -> int:
        """The phrase since which a letter has stood for the same bar."""
        phrase = _phrase(sounding.bar)
        kept = held(sounding.phrasing.kept[part], house=sounding.section.house)
        for back in range(_LONGEST_PHRASES):
            renewed = part < _VOICES and (phrase - back) % _LONGEST_PHRASES == 0
            if renewed or chance(self._seed, "kept", phrase - back, part, letter) >= kept:
                return phrase - back
        return 0 if part >= _VOICES else phrase


def _said(sounding: Sounding, part: int) -> tuple[object, ...]:
    """What must be the same where a bar is the same: its levels, and for bass and chords what they stand on."""
    if part >= _VOICES:
        levels = sounding.drums[part - _VOICES]
        return levels if any(levels) else ()
    level = sounding.voices[part]
    if not level:
        return ()
    stands_on = {
        0: tuple(root for _, root in sounding.harmony),
        1: tuple(mask for mask, _ in sounding.harmony),
    }
    return (level, stands_on.get(part))


def repeats(letters: Sequence[Sequence[Letter] | None]) -> tuple[Repeats, ...]:
    """For each part whether a bar repeats those 1, 2, 4, 8 bars ago; `letters` of the bar, then of those, None before 0."""
    now, *before = letters
    assert now is not None  # noqa: S101 - the bar itself
    assert len(before) == len(LOOKBACK_BARS)  # noqa: S101
    return tuple(
        tuple(old is not None and old[part] == letter for old in before) for part, letter in enumerate(now)
    )


def _phrase(bar: int) -> int:
    return bar // BARS_PER_PHRASE
