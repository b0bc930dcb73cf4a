"""What each part of a bar does, before chords: which phrase of which song it follows, how busy, in what manner."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from daemon.music.arranging.chance import chance, rounded
from daemon.music.arranging.course import Section
from daemon.music.arranging.kit import leaned
from daemon.music.arranging.looping import loop_bars
from daemon.music.arranging.material import material_of
from daemon.parameters import Parameters
from models.arrangement import Arrangement, Phrase
from models.codecs import melody, percussion
from models.codecs.plan import VOICE_LEVELS
from models.notes import BARS_PER_PHRASE

FREE: Final = "free"
# What loops on its own: three voices, and four groups of drums.
PARTS: Final = (
    *(part.name for part in melody.LAYOUT.parts),
    *(part.name for part in percussion.LAYOUT.parts),
)
_PART_OF_DRUM: Final = tuple(
    number
    for number, part in enumerate(percussion.LAYOUT.parts, len(melody.LAYOUT.parts))
    for _ in part.slots
)
# A phrase is followed for so many bars, then another one of its kind is.
_FOLLOWED_BARS: Final = 2 * BARS_PER_PHRASE
_BASS, _CHORDS, _LEAD = range(3)
_MOST: Final = VOICE_LEVELS - 1
# How many tracks have four on the floor, and how often a later drop is not the first one again.
_HOUSE, _NEW_DROP = 0.92, 0.35
# How often an intro or an outro has no kick; and drops are drawn from the fuller ones, by this power of chance.
_FLOATS, _FULL = 0.4, 0.6
# The energy from which there is a kick when sections do not unfold.
_KICK_FROM: Final = 0.2


class Phrasing(NamedTuple):
    """A bar as its phrases have it: levels of voices and drums, not yet whole numbers.

    `follows` is for each of the seven parts the phrase whose form it has, `places` which of the phrase's bars it
    plays, `loops` how many bars it plays again and again, 8 for the whole phrase.
    """

    voices: tuple[float, ...]
    drums: tuple[float, ...]
    manner: tuple[int, ...]
    follows: tuple[Phrase, ...]
    places: tuple[int, ...]
    loops: tuple[int, ...]
    energy: float


class Phraser:
    """Draws phrases for the bars of a set."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self._seed = seed
        self._material = material_of(arrangement)

    def of(self, section: Section, bar: int, parameters: Parameters) -> Phrasing:
        """What is followed in a bar."""
        edm = self._edm(section, bar, parameters)
        classical = self._material.classical(self._draw("classical", section, bar)) or edm
        mix = parameters.classical_mix
        loops = tuple(
            loop_bars(self._seed, section.track, part, bar, parameters.repetition)
            for part in range(len(PARTS))
        )
        places = tuple(bar % loop for loop in loops)
        tunes = tuple(
            classical if self._draw(f"mix {voice}", section, bar) < mix else edm for voice in range(3)
        )
        voices = [
            _blended(
                edm.voices[voice][places[voice]], classical.voices[voice][places[voice]], mix, tune is edm
            )
            for voice, tune in enumerate(tunes)
        ]
        drums = [float(row[places[part]]) for part, row in zip(_PART_OF_DRUM, edm.drums, strict=True)]
        lengths = (tune.manner[voice] for voice, tune in enumerate(tunes))
        manner = (*lengths, tunes[_LEAD].manner[3], tunes[_CHORDS].manner[4])
        follows = (*tunes, *(edm,) * 4)
        if section.name == FREE:
            return Phrasing(
                tuple(_free_voices(bar, parameters)),
                tuple(_free_drums(drums, parameters.energy)),
                manner,
                follows,
                places,
                loops,
                parameters.energy,
            )
        push = parameters.energy - 0.5
        rising = section.progress(bar) if section.name == "build" else 0.0
        energy = min(max(edm.energy * (1 - 0.3 * (section.name == "build")) + 0.3 * rising + push, 0.0), 1.0)
        return Phrasing(
            tuple(_leaned(voices, parameters, rising)),
            tuple(leaned(drums, push)),
            manner,
            follows,
            places,
            loops,
            energy,
        )

    def levels(self, section: Section, phrasing: Phrasing) -> tuple[int, int, int]:
        """Whole levels: between two, the higher one in some bars of four, in each four alike."""
        bass, chords, lead = (
            min(rounded(level, chance(self._seed, "voice", section.track, voice, place % 4)), _MOST)
            for voice, (level, place) in enumerate(zip(phrasing.voices, phrasing.places, strict=False))
        )
        return bass, chords, lead

    def is_house(self, section: Section) -> bool:
        """Whether the section's track has four on the floor."""
        return section.name == FREE or chance(self._seed, "house", section.track) < _HOUSE

    def _edm(self, section: Section, bar: int, parameters: Parameters) -> Phrase:
        draw = self._draw("phrase", section, bar)
        if section.name == FREE:
            share = (parameters.energy - _KICK_FROM) / (1 - _KICK_FROM)
            return self._material.driven(share + 0.05 * (draw - 0.5))
        if section.name == "drop":
            new = chance(self._seed, "new drop", section.start_bar) < _NEW_DROP
            which = section.start_bar if new else "again"
            draw = chance(self._seed, "drop", section.track, which, _stretch(section, bar))
            draw **= _FULL
        return self._material.edm(section.name, draw, house=self._is_danced(section))

    def _is_danced(self, section: Section) -> bool:
        opens = section.name in ("intro", "outro")
        floats = opens and chance(self._seed, "floats", section.start_bar) < _FLOATS
        return self.is_house(section) and not floats

    def _draw(self, what: str, section: Section, bar: int) -> float:
        return chance(self._seed, what, section.start_bar, _stretch(section, bar))


def _stretch(section: Section, bar: int) -> int:
    return (bar - section.start_bar) // _FOLLOWED_BARS


def _blended(edm: int, classical: int, mix: float, is_edm: bool) -> float:
    """A level between two; whether a voice sounds at all is not blended but drawn."""
    if not (edm and classical):
        return edm if is_edm else classical
    return edm + mix * (classical - edm)


def _leaned(voices: Sequence[float], parameters: Parameters, rising: float) -> list[float]:
    """A phrase's levels leaned by energy and density, 0.5 of which leave it as it is.

    Energy brings silent voices in and takes the lead out; density makes those that sound busier.
    """
    push, fill = parameters.energy - 0.5, parameters.density - 0.5
    bass, chords, lead = voices
    leaves = min(max(-push - 0.25, 0.0) * 4, 1.0)
    return [
        _busier(bass, 2 * push + 1.5 * fill, push),
        _busier(chords, 2.5 * fill + rising, push),
        _busier(lead, 4 * fill + rising, push) * (1 - leaves),
    ]


def _busier(level: float, by: float, push: float) -> float:
    """A level moved; one that sounds goes on sounding, one that is silent enters with energy alone."""
    return min(max(level + by, 1.0), float(_MOST)) if level else max(8 * (push - 0.2), 0.0)


def _free_voices(bar: int, parameters: Parameters) -> list[float]:
    """Without sections energy says how many voices sound, and density how busy they are."""
    energy, density = parameters.energy, parameters.density
    wanted = (
        (3 * energy, 1 + energy + 2.5 * density),
        (0.6 + 0.4 * energy, 0.8 + 3.6 * density),
        (0.05 + 0.95 * energy, 0.6 + 4.4 * density),
    )
    return [min(level, _MOST) * (_step(bar, voice) < share) for voice, (share, level) in enumerate(wanted)]


def _step(bar: int, voice: int) -> float:
    """Pairs of bars in an order that fills sixteen bars evenly, other for each voice."""
    return (5 * (bar // 2) % 8 + (voice + 1) / 4) / 8


def _free_drums(drums: list[float], energy: float) -> list[float]:
    """A four-on-the-floor phrase; below a little energy the kick is left out, and the rest by and by."""
    if energy >= _KICK_FROM:
        return [2.0, *drums[1:]]
    return [0.0, *(level * energy / _KICK_FROM for level in drums[1:])]
