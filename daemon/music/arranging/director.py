"""The director: plans each bar as a pure function of the seed, the bar and the parameters."""

from typing import Final

from daemon.music.arranging.barplan import TOGETHER, BarPlan
from daemon.music.arranging.forms import Forms, Letter, Sounding, repeats
from daemon.music.arranging.harmony import Harmony, key_of
from daemon.music.arranging.kit import DROP, FULL_FROM, Kit, beat_of
from daemon.music.arranging.overrides import overridden_drums, overridden_voices
from daemon.music.arranging.phrasing import Phraser
from daemon.music.arranging.set_form import FREE, USUAL, Section, SetForm
from daemon.parameters import AUTO, Parameters
from models.arrangement import Arrangement
from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS
from models.genres import NAMES

# After how many bars the music renews itself: without sections, and while a section is held by hand.
_FREE_BARS: Final = 32
_HELD_BARS: Final = 16
# The level that chords or bass get in a bar that would lack them.
_CHORDS_AT_LEAST, _BASS_AT_LEAST = 2, 3
_RECENT_BARS: Final = 64
_VOICES: Final = len(melody.LAYOUT.parts)


class Director:
    """Plan an endless set; the same seed gives the same set, in whatever order bars are requested."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self._set_form = SetForm(seed, arrangement.style("edm"))
        self._harmony = Harmony(seed, arrangement)
        self._phraser = Phraser(seed, arrangement)
        self._kit = Kit(seed, arrangement.style("edm"))
        self._forms = Forms(seed, arrangement, self._set_form)
        self._parameters = Parameters()
        self._recent: dict[int, tuple[Sounding, tuple[Letter, ...]]] = {}

    def section_at(self, bar: int, parameters: Parameters) -> Section:
        """Return the section of a bar: the planned one, one held by hand, or `FREE` while the director is off."""
        if not parameters.director:
            start = bar - bar % _FREE_BARS
            hidden = self._set_form.at(start)
            genre = USUAL if parameters.genre == AUTO else parameters.genre
            return Section(FREE, start, _FREE_BARS, hidden.track, hidden.key, genre=genre)
        planned = self._set_form.at(bar)
        if parameters.genre != AUTO:
            planned = planned._replace(genre=parameters.genre)
        if parameters.section == AUTO:
            return planned
        if parameters.section == planned.name:
            return planned._replace(follows="")  # it continues, so nothing prepares the next section
        start = bar - bar % _HELD_BARS
        return planned._replace(name=parameters.section, start_bar=start, bars=_HELD_BARS, follows="")

    def plan(self, bar: int, parameters: Parameters) -> BarPlan:
        """Return the plan of `bar` under these parameters."""
        sounding, now = self._bar(bar, parameters)
        before = [self._bar(bar - lag, parameters)[1] if lag <= bar else None for lag in LOOKBACK_BARS]
        form = repeats([now, *before])
        return _planned(sounding, parameters)._replace(tune_form=form[:_VOICES], drum_form=form[_VOICES:])

    def foresee(self, bar: int, parameters: Parameters) -> BarPlan:
        """Return the plan of `bar` without its form; cache nothing."""
        return _planned(self._sounding(bar, parameters), parameters)

    def _bar(self, bar: int, parameters: Parameters) -> tuple[Sounding, tuple[Letter, ...]]:
        """Return a bar and its letters. Recent bars are cached, because later bars are compared with them."""
        if parameters is not self._parameters or len(self._recent) > _RECENT_BARS:
            self._recent.clear()
            self._parameters = parameters
        if bar not in self._recent:
            sounding = self._sounding(bar, parameters)
            self._recent[bar] = sounding, self._forms.letters(sounding, parameters.repetition)
        return self._recent[bar]

    def _sounding(self, bar: int, parameters: Parameters) -> Sounding:
        section = self.section_at(bar, parameters)
        phrasing = self._phraser.of(section, bar, parameters)
        drums = self._kit.play(section, bar, phrasing.drums, parameters)
        is_full = section.name == DROP and parameters.energy >= FULL_FROM
        voices = _with_harmony(self._phraser.levels(section, phrasing), drums, is_full=is_full)
        drums, voices = overridden_drums(drums, parameters), overridden_voices(voices, parameters)
        parts = tuple(drums[start:stop] for start, stop in percussion.LAYOUT.part_ranges)
        return Sounding(section, bar, phrasing, voices, parts, self._harmony.of(section, bar, parameters))


def _planned(sounding: Sounding, parameters: Parameters) -> BarPlan:
    """Return a plan without its form."""
    section, manner = sounding.section, sounding.phrasing.manner
    (first, first_root), (second, second_root) = sounding.harmony
    bass, chords, lead = sounding.voices
    return BarPlan(
        section.name,
        (first, second),
        (bass, chords, lead),
        tuple(level for part in sounding.drums for level in part),
        sounding.phrasing.energy,
        (first_root, second_root),
        (manner[0], manner[1], manner[2]),
        manner[3],
        manner[4],
        key=key_of(section, parameters),
        bars_left=section.bars_left(sounding.bar) if section.follows else 0,
        next_section=section.follows,
        genre=NAMES.index(section.genre),
        beat=beat_of(section, sounding.drums),
        strike=_strike(manner[5], bass, chords),
    )


def _strike(planned: int, bass: int, chords: int) -> int:
    """Return how bass and chords strike; unstated if one is silent, or if their levels do not allow TOGETHER."""
    fits = bass == chords if planned == TOGETHER else bass and chords
    return planned if bass and fits else 0


def _with_harmony(
    voices: tuple[int, int, int], drums: tuple[int, ...], *, is_full: bool
) -> tuple[int, int, int]:
    """Raise levels of voices so that no bar is empty or has only drums, and a full bar has bass and chords."""
    bass, chords, lead = voices
    if is_full:
        return bass or _BASS_AT_LEAST, chords or _CHORDS_AT_LEAST, lead
    if bass or chords:
        return voices
    return (_BASS_AT_LEAST, 0, lead) if drums[0] else (0, chords if lead else _CHORDS_AT_LEAST, lead)
