"""What each part of a bar does, before chords: which phrase of which song it follows, how busy, in what manner."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from daemon.music.arranging.chance import chance, rounded
from daemon.music.arranging.kit import leaned
from daemon.music.arranging.looping import held, loop_bars
from daemon.music.arranging.phrase_bank import phrase_bank_of
from daemon.music.arranging.set_form import FREE, Section
from daemon.music.barplan import FOUR_ON_THE_FLOOR
from daemon.parameters import Parameters
from models.arrangement import HOUSE, Arrangement, Phrase
from models.codecs import melody, percussion
from models.codecs.plan import VOICE_LEVELS
from models.notes import BARS_PER_PHRASE

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
_BASS, _CHORDS, _LEAD, _KICK = range(4)
_MOST: Final = VOICE_LEVELS - 1
# How often a later drop of a track is not the first one again.
_NEW_DROP: Final = 0.35
# How often an intro or an outro has no kick; and how full drops are drawn, by this power of chance: as full as songs.
_FLOATS, _FULL = 0.4, 1.2
# The level of a voice that energy brings in.
_JOINING: Final = 2.0
# The energy from which there is a kick when sections do not unfold.
_KICK_FROM: Final = 0.2
# Below it, the drums of a phrase as driven as this are heard, without their kick.
_SOFT: Final = 0.5


class Phrasing(NamedTuple):
    """A bar as its phrases have it: levels of voices and drums, not yet whole numbers.

    `follows` is for each of the seven parts the phrase whose form it has, `places` which of the phrase's bars it
    plays, `loops` how many bars it plays again and again, 8 for the whole phrase, `kept` how often songs of its style
    go on with a bar from phrase to phrase.
    """

    voices: tuple[float, ...]
    drums: tuple[float, ...]
    manner: tuple[int, ...]
    follows: tuple[Phrase, ...]
    places: tuple[int, ...]
    loops: tuple[int, ...]
    kept: tuple[float, ...]
    energy: float


class Phraser:
    """Draws phrases for the bars of a set."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self._seed = seed
        self._phrases = phrase_bank_of(arrangement)
        self._kept = {
            "edm": arrangement.style("edm").kept,
            HOUSE: arrangement.house.kept,
            "classical": arrangement.style("classical").kept,
        }

    def of(self, section: Section, bar: int, parameters: Parameters) -> Phrasing:
        """What is followed in a bar."""
        lines, classical = self._lines(section, bar, parameters), self._classical(section, bar)
        loops = tuple(
            loop_bars(self._seed, section.track, part, bar, parameters.repetition)
            for part in range(len(PARTS))
        )
        places = tuple(bar % loop for loop in loops)
        own = self._kept_in(section)
        kept = tuple(
            self._kept["classical"][part] if line is classical else own[part]
            for part, line in enumerate(lines)
        )
        drums = tuple(float(lines[part].drums[d][places[part]]) for d, part in enumerate(_PART_OF_DRUM))
        followed = Phrasing((), drums, _manner(lines), lines, places, loops, kept, parameters.energy)
        if section.name == FREE:
            return followed._replace(
                voices=tuple(_free_voices(bar, parameters)),
                drums=tuple(_free_drums(drums, parameters.energy)),
            )
        push = parameters.energy - 0.5
        rising = section.progress(bar) if section.name == "build" else 0.0
        voices = self._blended(section, bar, followed, parameters)
        energy = lines[_KICK].energy * (1 - 0.3 * (section.name == "build")) + 0.3 * rising + push
        return followed._replace(
            voices=tuple(_leaned(bar, voices, parameters, rising)),
            drums=tuple(leaned(drums, push)),
            energy=min(max(energy, 0.0), 1.0),
        )

    def _lines(self, section: Section, bar: int, parameters: Parameters) -> tuple[Phrase, ...]:
        """The phrase that each part follows: in a long section some go on where others change."""
        first, now = self._edm(section, section.start_bar, parameters), self._edm(section, bar, parameters)
        lines = [
            first
            if chance(self._seed, "goes on", section.start_bar, part) < held(kept, house=section.house)
            else now
            for part, kept in enumerate(self._kept_in(section))
        ]
        classical = self._classical(section, bar)
        if classical is not None:
            for voice in range(_KICK):
                if self._draw(f"mix {voice}", section, bar) < parameters.classical_mix:
                    lines[voice] = classical
        return tuple(lines)

    def _classical(self, section: Section, bar: int) -> Phrase | None:
        return self._phrases.classical(self._draw("classical", section, bar))

    def _blended(self, section: Section, bar: int, phrasing: Phrasing, parameters: Parameters) -> list[float]:
        """Levels between two styles; whether a voice sounds at all is not blended but drawn."""
        mix, edm = parameters.classical_mix, self._edm(section, bar, parameters)
        classical = self._classical(section, bar) or edm
        voices: list[float] = []
        for line, place, voice in zip(phrasing.follows, phrasing.places, range(_KICK), strict=False):
            is_edm = line is not classical
            own, other = (each.voices[voice][place] for each in (line, classical if is_edm else edm))
            voices.append(own + (mix if is_edm else 1 - mix) * (other - own) if own and other else own)
        return voices

    def levels(self, section: Section, phrasing: Phrasing) -> tuple[int, int, int]:
        """Whole levels: between two, the higher one in some bars of four, in each four alike."""
        bass, chords, lead = (
            min(rounded(level, chance(self._seed, "voice", section.track, voice, place % 4)), _MOST)
            for voice, (level, place) in enumerate(zip(phrasing.voices, phrasing.places, strict=False))
        )
        return bass, chords, lead

    def _kept_in(self, section: Section) -> tuple[float, ...]:
        return self._kept[HOUSE if section.house else "edm"]

    def _edm(self, section: Section, bar: int, parameters: Parameters) -> Phrase:
        draw = self._draw("phrase", section, bar)
        if section.name == FREE:
            share = (parameters.energy - _KICK_FROM) / (1 - _KICK_FROM)
            if share < 0:
                return self._phrases.driven(_SOFT)
            return self._phrases.driven(share + 0.05 * (draw - 0.5))
        if section.name == "drop":
            new = chance(self._seed, "new drop", section.start_bar) < _NEW_DROP
            which = section.start_bar if new else "again"
            draw = chance(self._seed, "drop", section.track, which, _stretch(section, bar))
            draw **= _FULL
        return self._phrases.edm(section.name, draw, house=self._is_danced(section))

    def _is_danced(self, section: Section) -> bool:
        opens = section.name in ("intro", "outro")
        floats = opens and chance(self._seed, "floats", section.start_bar) < _FLOATS
        return section.house and not floats

    def _draw(self, what: str, section: Section, bar: int) -> float:
        return chance(self._seed, what, section.start_bar, _stretch(section, bar))


def _stretch(section: Section, bar: int) -> int:
    return (bar - section.start_bar) // _FOLLOWED_BARS


def _manner(lines: Sequence[Phrase]) -> tuple[int, ...]:
    """Lengths of bass, chords, lead, register of the lead, thickness of the chords, each as its line has it."""
    lengths = (line.manner[voice] for voice, line in enumerate(lines[:_KICK]))
    return (*lengths, lines[_LEAD].manner[3], lines[_CHORDS].manner[4])


def _leaned(bar: int, voices: Sequence[float], parameters: Parameters, rising: float) -> list[float]:
    """A phrase's levels leaned by energy and density, 0.5 of which leave it as it is.

    Energy lets silent voices join and the lead fall silent, in more and more bars; density makes those that sound busier.
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
    """Without sections energy says how many voices sound, and density how busy they are."""
    energy, density = parameters.energy, parameters.density
    wanted = (
        (3 * energy, 1 + energy + 2.5 * density),
        (0.6 + 0.4 * energy, 0.8 + 3.6 * density),
        (0.05 + 0.95 * energy, 0.6 + 4.4 * density),
    )
    return [min(level, _MOST) * (_step(bar, voice) < share) for voice, (share, level) in enumerate(wanted)]


def _step(bar: int, voice: int) -> float:
    """Four bars at a time in an order that fills thirty-two evenly, other for each voice."""
    return (5 * (bar // 4) % 8 + (voice + 1) / 4) / 8


def _free_drums(drums: Sequence[float], energy: float) -> list[float]:
    """A four-on-the-floor phrase; below a little energy a few of its other drums, and by and by none."""
    if energy >= _KICK_FROM:
        return [float(FOUR_ON_THE_FLOOR), *drums[1:]]
    return [0.0, *(min(level, 1.0) * energy / _KICK_FROM for level in drums[1:])]
