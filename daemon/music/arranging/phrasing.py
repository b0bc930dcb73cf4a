"""From the song phrases that the parts of a bar follow: how busy each part is and how it plays."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from daemon.music.arranging.barplan import FOUR_ON_THE_FLOOR, TOGETHER
from daemon.music.arranging.blend import classical_share
from daemon.music.arranging.chance import chance, rounded
from daemon.music.arranging.kit import leaned
from daemon.music.arranging.looping import loop_bars
from daemon.music.arranging.phrase_choice import KICK_FROM, PhraseChoice
from daemon.music.arranging.set_form import FREE, Section, wave
from daemon.parameters import Parameters
from models.arrangement import UNIT_BARS, Phrase
from models.codecs import melody, percussion
from models.codecs.bars import Bar, register_of
from models.codecs.plan import VOICE_LEVELS
from models.genres import NONE

# The parts that loop independently: three voices and four groups of drums.
PARTS: Final = (
    *(part.name for part in melody.LAYOUT.parts),
    *(part.name for part in percussion.LAYOUT.parts),
)
_PART_OF_DRUM: Final = tuple(
    number
    for number, part in enumerate(percussion.LAYOUT.parts, len(melody.LAYOUT.parts))
    for _ in part.slots
)
# The place in a phrase's manner that holds the number of notes in its chords.
_THICKNESS: Final = 4
_BASS, _CHORDS, _LEAD, _KICK = range(4)
_MOST: Final = VOICE_LEVELS - 1
# The number of notes that a chord has at least: with fewer it is unclear. Only from this `classical_mix` on may chords that
# follow Classical music have fewer.
_NOTES_OF_CHORD: Final = 3
_THIN_FROM: Final = 0.5
# The place in a phrase's manner that says how bass and chords strike.
_STRIKE: Final = 5
# From the calmest tracks to the fullest the plan's energy changes by up to this much around a phrase's.
_WAVE_ENERGY: Final = 0.1
# The level of a silent voice that joins because of high energy.
_JOINING: Final = 2.0


class Phrasing(NamedTuple):
    """A bar as its phrases prescribe it; the levels of voices and drums are not yet rounded.

    For each of the seven parts: `follows` is its phrase, `places` the bar of the phrase that it plays, `loops` the
    number of bars that it repeats (8 is the whole phrase), `kept` how often songs of its style keep a bar in the next
    phrase.
    """

    voices: tuple[float, ...]
    drums: tuple[float, ...]
    manner: tuple[int, ...]
    follows: tuple[Phrase, ...]
    places: tuple[int, ...]
    loops: tuple[int, ...]
    kept: tuple[float, ...]
    energy: float

    @property
    def kick(self) -> int:
        """The kick's level in the phrase that it follows."""
        return self.follows[_KICK].drums[0][self.places[_KICK]]

    @property
    def strike(self) -> int:
        """How bass and chords strike together."""
        return self.manner[_STRIKE]

    @property
    def calm_energy(self) -> float:
        """The energy of the phrase that the kick follows, without the performer's `energy`."""
        return self.follows[_KICK].energy


class Phraser:
    """Say how the parts play by the phrases that they follow."""

    def __init__(self, seed: int, choice: PhraseChoice) -> None:
        self._seed, self._choice = seed, choice

    def of(self, section: Section, bar: int, parameters: Parameters) -> Phrasing:
        """Return the phrases of a bar, and the levels that follow from them."""
        lines = self._choice.followed(section, bar, parameters)
        loops = tuple(
            loop_bars(
                self._seed,
                section.track,
                part,
                bar,
                parameters,
                is_hook=section.name == "drop" and part < _KICK,
            )
            for part in range(len(PARTS))
        )
        places = tuple(
            bar % loop if part < _KICK else _settled(bar % loop) for part, loop in enumerate(loops)
        )
        drums = tuple(float(lines[part].drums[d][places[part]]) for d, part in enumerate(_PART_OF_DRUM))
        is_classical = lines[_CHORDS] is self._choice.classical(section, bar)
        manner = _manner(lines, _least_notes(parameters) if is_classical else _NOTES_OF_CHORD)
        kept = self._choice.kept(section, bar, lines)
        followed = Phrasing((), drums, manner, lines, places, loops, kept, parameters.energy)
        if section.name == FREE:
            return followed._replace(
                voices=tuple(_free_voices(bar, parameters)),
                drums=tuple(_free_drums(drums, parameters.energy, kick=_free_kick(section))),
            )
        push = parameters.energy - 0.5
        rising = section.progress(bar) if section.name == "build" else 0.0
        voices = self._blended(section, bar, followed, parameters)
        energy = lines[_KICK].energy * (1 - 0.3 * (section.name == "build")) + 0.3 * rising + push
        energy += _WAVE_ENERGY * wave(section.track)
        return followed._replace(
            voices=tuple(_leaned(bar, voices, parameters, rising)),
            drums=tuple(leaned(drums, push)),
            energy=min(max(energy, 0.0), 1.0),
        )

    def written(
        self, section: Section, bar: int, phrasing: Phrasing, wrote: Bar, parameters: Parameters
    ) -> Phrasing:
        """Return a phrasing with the manner and the levels that the plan network wrote, changed by energy and density.

        Without sections the levels stay as they are.
        """
        thickness = max(wrote.thickness, _least_notes(parameters))
        manner = (*wrote.lengths, register_of(wrote.heights), thickness, wrote.strike)
        if section.name == FREE:
            return phrasing._replace(manner=manner)
        rising = section.progress(bar) if section.name == "build" else 0.0
        return phrasing._replace(
            voices=tuple(_leaned(bar, wrote.voices, parameters, rising)),
            drums=tuple(leaned(wrote.drums, parameters.energy - 0.5)),
            manner=manner,
        )

    def _blended(self, section: Section, bar: int, phrasing: Phrasing, parameters: Parameters) -> list[float]:
        """Return levels between the two styles; a voice that is silent in either style keeps its own level."""
        mix = classical_share(section.name, parameters.classical_mix)
        edm = self._choice.edm(section, bar, parameters)
        classical = self._choice.classical(section, bar) or edm
        voices: list[float] = []
        for line, place, voice in zip(phrasing.follows, phrasing.places, range(_KICK), strict=False):
            is_edm = line is not classical
            own, other = (each.voices[voice][place] for each in (line, classical if is_edm else edm))
            voices.append(own + (mix if is_edm else 1 - mix) * (other - own) if own and other else own)
        return voices

    def levels(self, section: Section, phrasing: Phrasing) -> tuple[int, int, int]:
        """Return the rounded levels of bass, chords and lead.

        A level between two whole ones is rounded up in some bars of every four, always in the same ones. Chords that
        strike together with the bass have its level.
        """
        bass, chords, lead = (
            min(rounded(level, chance(self._seed, "voice", section.track, voice, place % 4)), _MOST)
            for voice, (level, place) in enumerate(zip(phrasing.voices, phrasing.places, strict=False))
        )
        joined = phrasing.manner[_STRIKE] == TOGETHER and bass and chords
        return bass, bass if joined else chords, lead


def _settled(place: int) -> int:
    """Return the bar of a phrase that the drums play: the first of its half phrase, except for the last one."""
    return place if place % UNIT_BARS == UNIT_BARS - 1 else place - place % UNIT_BARS


def _least_notes(parameters: Parameters) -> int:
    """Return the number of notes that a chord of Classical music has at least."""
    return _NOTES_OF_CHORD if parameters.classical_mix < _THIN_FROM else 0


def _manner(lines: Sequence[Phrase], least_notes: int) -> tuple[int, ...]:
    """Return the lengths of bass, chords and lead, the lead's register, the chords' thickness and how these strike."""
    lengths = (line.manner[voice] for voice, line in enumerate(lines[:_KICK]))
    strikes = {lines[voice].manner[_STRIKE] for voice in (_BASS, _CHORDS)}
    strike = strikes.pop() if len(strikes) == 1 else 0
    thickness = max(lines[_CHORDS].manner[_THICKNESS], least_notes)
    return (*lengths, lines[_LEAD].manner[3], thickness, strike)


def _leaned(bar: int, voices: Sequence[float], parameters: Parameters, rising: float) -> list[float]:
    """Return a phrase's levels changed by energy and density; at 0.5 both change nothing.

    Higher energy lets silent voices join in more bars, lower energy silences the lead in more bars. Density makes the
    sounding voices busier.
    """
    push, fill = parameters.energy - 0.5, parameters.density - 0.5
    busier = (2 * push + 1.5 * fill, 2.5 * fill + rising, 4 * fill + rising)
    leaned = [
        min(max(level + by, 1.0), float(_MOST)) if level else _JOINING * (_step(bar, voice) < 2 * push)
        for voice, (level, by) in enumerate(zip(voices, busier, strict=True))
    ]
    if _step(bar, _LEAD) >= 1 + 2 * push:
        leaned[_LEAD] = 0.0
    return leaned


def _free_voices(bar: int, parameters: Parameters) -> list[float]:
    """Return the levels without sections: energy decides how often each voice sounds, density how busy it is."""
    energy, density = parameters.energy, parameters.density
    wanted = (
        (3 * energy, 1 + energy + 2.5 * density),
        (0.6 + 0.4 * energy, 0.8 + 3.6 * density),
        (0.05 + 0.95 * energy, 0.6 + 4.4 * density),
    )
    return [min(level, _MOST) * (_step(bar, voice) < share) for voice, (share, level) in enumerate(wanted)]


def _step(bar: int, voice: int) -> float:
    """Return a threshold in 0..1 for a voice: it changes every four bars and covers the range evenly over 32 bars."""
    return (5 * (bar // 4) % 8 + (voice + 1) / 4) / 8


def _free_kick(section: Section) -> int:
    """Return the level of the kick without sections."""
    return FOUR_ON_THE_FLOOR if section.house else int(section.usual_beat != NONE)


def _free_drums(drums: Sequence[float], energy: float, *, kick: int) -> list[float]:
    """Return drum levels without sections: the genre's kick, and at low energy only some of the other drums."""
    if energy >= KICK_FROM:
        return [float(kick), *drums[1:]]
    return [0.0, *(min(level, 1.0) * energy / KICK_FROM for level in drums[1:])]
