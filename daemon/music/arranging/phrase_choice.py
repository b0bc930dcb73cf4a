"""Choose the song phrase that each part of a bar follows."""

from typing import Final

from daemon.music.arranging.blend import classical_share
from daemon.music.arranging.chance import chance
from daemon.music.arranging.looping import held
from daemon.music.arranging.phrase_bank import Kind, phrase_bank_of
from daemon.music.arranging.set_form import FREE, Section, wave
from daemon.parameters import Parameters
from models.arrangement import HOUSE, Arrangement, Phrase
from models.codecs import melody
from models.notes import BARS_PER_PHRASE

KICK_FROM: Final = 0.2
"""The energy from which there is a kick while the director is off."""

_BASS, _CHORDS = 0, 1
_VOICES: Final = len(melody.LAYOUT.parts)
# How many bars a part follows a phrase before it follows another one of the same section.
_FOLLOWED_BARS: Final = 2 * BARS_PER_PHRASE
# The genres whose tracks are simple more often: with this exponent of `simplicity`.
_CLUB: Final = ("house", "deep house", "techno", "trance")
_CLUB_EXPONENT: Final = 0.2
# How often an intro or an outro has no four on the floor.
_OPENS_WITHOUT_BEAT: Final = 0.4
# The exponent of the random draw of a drop's phrase: with it drops are as full as in songs.
_DROP_EXPONENT: Final = 0.9
# The exponent of the draw of a phrase falls from this number in the calmest tracks to its inverse in the fullest.
_WAVE_BASE: Final = 1.4
# Below `KICK_FROM` the drums of a phrase with this energy play, without their kick.
_SOFT: Final = 0.5


class PhraseChoice:
    """The phrases of the bars of a set, chosen by its seed."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self._seed = seed
        self._phrases = phrase_bank_of(arrangement)
        self._kept = {
            "edm": arrangement.style("edm").kept,
            HOUSE: arrangement.house.kept,
            "classical": arrangement.style("classical").kept,
        }

    def followed(self, section: Section, bar: int, parameters: Parameters) -> tuple[Phrase, ...]:
        """Return the phrase that each part follows; in a long section some parts keep theirs where others change."""
        first, now = self.edm(section, section.start_bar, parameters), self.edm(section, bar, parameters)
        stays = [
            chance(self._seed, "goes on", section.origin, part) < held(kept, house=section.house)
            for part, kept in enumerate(self._kept_in(section))
        ]
        if self.is_simple(section, parameters):
            stays[_CHORDS] = stays[_BASS]  # of one song, so that they fit together
        phrases = [first if same else now for same in stays]
        classical = self.classical(section, bar)
        mix = classical_share(section.name, parameters.classical_mix)
        if classical is not None:
            for voice in range(_VOICES):
                if self._draw(f"mix {voice}", section, bar) < mix:
                    phrases[voice] = classical
        return tuple(phrases)

    def kept(self, section: Section, bar: int, followed: tuple[Phrase, ...]) -> tuple[float, ...]:
        """Return for each part how often songs of the style of its phrase keep a bar in the next phrase."""
        own, classical = self._kept_in(section), self.classical(section, bar)
        return tuple(
            self._kept["classical"][part] if phrase is classical else own[part]
            for part, phrase in enumerate(followed)
        )

    def edm(self, section: Section, bar: int, parameters: Parameters) -> Phrase:
        """Return the phrase of the section's genre that parts follow at a bar."""
        draw, simple = self._draw("phrase", section, bar), self.is_simple(section, parameters)
        if section.name == FREE:
            share = (parameters.energy - KICK_FROM) / (1 - KICK_FROM)
            if share < 0:
                return self._phrases.driven(_SOFT, section.genre, simple=simple)
            return self._phrases.driven(share + 0.05 * (draw - 0.5), section.genre, simple=simple)
        if section.name == "drop":
            draw **= _DROP_EXPONENT
        draw **= _WAVE_BASE ** -wave(section.track)
        kind = Kind(section.name, section.genre, simple, self._is_danced(section))
        return self._phrases.edm(kind, draw)

    def classical(self, section: Section, bar: int) -> Phrase | None:
        """Return the Classical phrase that voices follow at a bar, or None if the bundle has none."""
        return self._phrases.classical(self._draw("classical", section, bar))

    def is_classical(self, section: Section, bar: int, parameters: Parameters) -> bool:
        """Return whether the plan network follows Classical music here."""
        share = classical_share(section.name, parameters.classical_mix)
        return self._draw("classical writing", section, bar) < share

    def is_simple(self, section: Section, parameters: Parameters) -> bool:
        """Return whether the track is as simple as a club track; those of club genres are so more often."""
        exponent = _CLUB_EXPONENT if section.genre in _CLUB else 1.0
        return chance(self._seed, "simple", section.track) < float(parameters.simplicity**exponent)

    def _kept_in(self, section: Section) -> tuple[float, ...]:
        return self._kept[HOUSE if section.house else "edm"]

    def _is_danced(self, section: Section) -> bool:
        opens = section.name in ("intro", "outro")
        floats = chance(self._seed, "floats", section.start_bar) < _OPENS_WITHOUT_BEAT
        return not opens or not floats or section.start_bar == 0

    def _draw(self, what: str, section: Section, bar: int) -> float:
        return chance(self._seed, what, section.origin, (bar - section.start_bar) // _FOLLOWED_BARS)
