"""The director: what every bar is to hold, as a pure function of the seed, the bar and the parameters."""

from typing import Final

from daemon.music.arranging.forms import Forms, Letter, Sounding, repeats
from daemon.music.arranging.harmony import Harmony, key_of
from daemon.music.arranging.kit import DROP, FULL_FROM, Kit
from daemon.music.arranging.overrides import overridden_drums, overridden_voices
from daemon.music.arranging.phrasing import Phraser
from daemon.music.arranging.set_form import FREE, Section, SetForm
from daemon.music.barplan import BarPlan
from daemon.parameters import AUTO, Parameters
from models.arrangement import Arrangement
from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS

# Without sections, or while one is held by hand, music renews itself after so many bars.
_FREE_BARS: Final = 32
_HELD_BARS: Final = 16
# A bar in which nothing would sound, and one to dance to without bass and chords, get this much of these.
_CHORDS_AT_LEAST, _BASS_AT_LEAST = 2, 3
_KEPT_BARS: Final = 64
_VOICES: Final = len(melody.LAYOUT.parts)


class Director:
    """Plans a set without end: the same seed gives the same set, whatever was asked for before."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self._set_form = SetForm(seed, arrangement.style("edm"))
        self._harmony = Harmony(seed, arrangement)
        self._phraser = Phraser(seed, arrangement)
        self._kit = Kit(seed, arrangement.style("edm"))
        self._forms = Forms(seed, arrangement, self._set_form)
        self._for = Parameters()
        self._kept: dict[int, tuple[Sounding, tuple[Letter, ...]]] = {}

    def section_at(self, bar: int, parameters: Parameters) -> Section:
        """The section of a bar: as the set unfolds, as held by hand, or none of them."""
        if not parameters.director:
            start = bar - bar % _FREE_BARS
            hidden = self._set_form.at(start)
            return Section(FREE, start, _FREE_BARS, hidden.track, hidden.key)
        planned = self._set_form.at(bar)
        if parameters.section == AUTO:
            return planned
        if parameters.section == planned.name:
            return planned._replace(follows="")  # it goes on, so nothing leads into what would have come
        start = bar - bar % _HELD_BARS
        return planned._replace(name=parameters.section, start_bar=start, bars=_HELD_BARS, follows="")

    def plan(self, bar: int, parameters: Parameters) -> BarPlan:
        """What `bar` is to hold under these parameters."""
        sounding, now = self._bar(bar, parameters)
        before = [self._bar(bar - lag, parameters)[1] if lag <= bar else None for lag in LOOKBACK_BARS]
        form = repeats([now, *before])
        return _planned(sounding, parameters)._replace(tune_form=form[:_VOICES], drum_form=form[_VOICES:])

    def foresee(self, bar: int, parameters: Parameters) -> BarPlan:
        """The same but for its form; nothing is kept of it."""
        return _planned(self._sounding(bar, parameters), parameters)

    def _bar(self, bar: int, parameters: Parameters) -> tuple[Sounding, tuple[Letter, ...]]:
        """A bar and its letters; the last ones are kept, for the bars after them look back at them."""
        if parameters is not self._for or len(self._kept) > _KEPT_BARS:
            self._kept.clear()
            self._for = parameters
        if bar not in self._kept:
            sounding = self._sounding(bar, parameters)
            self._kept[bar] = sounding, self._forms.letters(sounding, parameters.repetition)
        return self._kept[bar]

    def _sounding(self, bar: int, parameters: Parameters) -> Sounding:
        section = self.section_at(bar, parameters)
        phrasing = self._phraser.of(section, bar, parameters)
        drums = self._kit.play(section, bar, phrasing.drums, parameters)
        is_full = section.name == DROP and parameters.energy >= FULL_FROM
        voices = _carried(self._phraser.levels(section, phrasing), drums, is_full=is_full)
        drums, voices = overridden_drums(drums, parameters), overridden_voices(voices, parameters)
        parts = tuple(drums[start:stop] for start, stop in percussion.LAYOUT.part_ranges)
        return Sounding(section, bar, phrasing, voices, parts, self._harmony.of(section, bar, parameters))


def _planned(sounding: Sounding, parameters: Parameters) -> BarPlan:
    """A plan without its form."""
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
    )


def _carried(voices: tuple[int, int, int], drums: tuple[int, ...], *, is_full: bool) -> tuple[int, int, int]:
    """No bar is empty, and none is all drums; a full one has bass and chords."""
    bass, chords, lead = voices
    if is_full:
        return bass or _BASS_AT_LEAST, chords or _CHORDS_AT_LEAST, lead
    if bass or chords:
        return voices
    return (_BASS_AT_LEAST, 0, lead) if drums[0] else (0, chords if lead else _CHORDS_AT_LEAST, lead)
