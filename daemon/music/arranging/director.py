"""The director: plans each bar as a pure function of the seed, the bar and the parameters."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from daemon.music.arranging.barplan import FOUR_ON_THE_FLOOR, TOGETHER, BarPlan
from daemon.music.arranging.blend import GenreBlend
from daemon.music.arranging.chance import chance
from daemon.music.arranging.character import strikes_together
from daemon.music.arranging.forms import Forms, Letter, Sounding, letters_of, repeats, rhythm_letters_of
from daemon.music.arranging.harmony import Harmony, is_led, key_of
from daemon.music.arranging.kit import DROP, FULL_FROM, Kit, beat_of
from daemon.music.arranging.overrides import overridden_drums, overridden_voices
from daemon.music.arranging.phrase_choice import PhraseChoice
from daemon.music.arranging.phrasing import Phraser
from daemon.music.arranging.set_form import FREE, INTRO, USUAL, Section, SetForm
from daemon.music.arranging.writing_rules import FREE_CHOICE, Brief, ends_half
from daemon.music.arranging.written import WrittenBar
from daemon.parameters import AUTO, Parameters
from models.arrangement import Arrangement
from models.codecs import melody, percussion
from models.codecs.bars import Bar
from models.codecs.base import LOOKBACK_BARS
from models.genres import NAMES

# After how many bars the music renews itself: without sections, and while a section is held by hand.
_FREE_BARS: Final = 32
_HELD_BARS: Final = 16
# The level that chords or bass get in a bar that would lack them.
_CHORDS_AT_LEAST, _BASS_AT_LEAST = 2, 3
# The lead's least level in a set's first section, and the bar from which it applies.
_LEAD_AT_LEAST, _LEAD_FROM = 2, 4
# The least level of bass and chords while somebody plays chords in, who wants to hear them.
_LED_AT_LEAST: Final = 2
_RECENT_BARS: Final = 64
_VOICES: Final = len(melody.LAYOUT.parts)
_DRUMS: Final = len(percussion.DRUMS)
_NOTHING_WRITTEN: Final = (None,) * (1 + len(LOOKBACK_BARS))


class _Bar(NamedTuple):
    """A bar with the letters of its parts, and those of its voices' rhythms if the plan network wrote it."""

    sounding: Sounding
    letters: tuple[Letter, ...]
    rhythms: tuple[Letter, ...]


class Director:
    """Plan an endless set; the same seed gives the same set, in whatever order bars are requested."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self.seed = seed
        self._set_form = SetForm(seed, arrangement.style("edm"))
        self._harmony = Harmony(seed, arrangement)
        self._choice = PhraseChoice(seed, arrangement)
        self._phraser = Phraser(seed, self._choice)
        self._kit = Kit(seed, arrangement.style("edm"))
        self._forms = Forms(seed, arrangement, self._set_form)
        self._parameters = Parameters()
        self._recent: dict[tuple[int, WrittenBar | None], _Bar] = {}

    def section_at(self, bar: int, parameters: Parameters) -> Section:
        """Return the section of a bar: the planned one, one held by hand, or `FREE` while the director is off.

        In a blend of two genres the seed draws one for each section. Later drops of a track have that of the first.
        """
        section = self._section_at(bar, parameters)
        blend = _blend(section.genre if parameters.genre == AUTO else parameters.genre, parameters)
        drawn = blend.drawn(chance(self.seed, "blend", section.origin))
        return section._replace(genre=drawn, blend=blend if blend.mix else None)

    def _section_at(self, bar: int, parameters: Parameters) -> Section:
        """Return the same with the genre that the seed draws for the track."""
        if not parameters.director:
            start = bar - bar % _FREE_BARS
            hidden = self._set_form.at(start)
            return Section(FREE, start, _FREE_BARS, hidden.track, hidden.key, genre=USUAL)
        planned = self._set_form.at(bar)
        if parameters.section == AUTO:
            return planned
        if parameters.section == planned.name:
            return planned._replace(follows="")  # it continues, so nothing prepares the next section
        start = bar - bar % _HELD_BARS
        return planned._replace(name=parameters.section, start_bar=start, bars=_HELD_BARS, follows="")

    def brief(self, bar: int, parameters: Parameters) -> Brief:
        """Return what the plan network must know of a bar and keep to.

        The director decides which voices sound, though they may rest where half a phrase ends, and which bass and chords
        strike together. It decides all levels without sections, the kick of genres with four on the floor, and the drums
        of phrases that follow Classical music, which has none.
        """
        sounding = self._sounding(bar, parameters)
        section, phrasing = sounding.section, sounding.phrasing
        is_classical = self._choice.is_classical(section, bar, parameters)
        voices = tuple(FREE_CHOICE if level else 0 for level in sounding.voices)
        levels = tuple(level for part in sounding.drums for level in part)
        drums = (FREE_CHOICE,) * _DRUMS
        if section.name == FREE:
            voices, drums = sounding.voices, levels
        elif is_classical:
            drums = levels
        elif section.house and phrasing.kick in (0, FOUR_ON_THE_FLOOR):
            drums = (phrasing.kick, *drums[1:])
        return Brief(
            section,
            sounding.harmony,
            phrasing.calm_energy,
            voices,
            drums,
            strike=TOGETHER
            if strikes_together(section.genre) and phrasing.strike == TOGETHER
            else FREE_CHOICE,
            may_rest=ends_half(bar - section.start_bar),
            is_classical=is_classical,
            is_simple=self._choice.is_simple(section, parameters),
            loops=self._forms.loops(section, phrasing),
        )

    def plan(
        self,
        bar: int,
        parameters: Parameters,
        written: Sequence[WrittenBar | None] = _NOTHING_WRITTEN,
    ) -> BarPlan:
        """Return the plan of `bar` under these parameters.

        `written` are the bar and the lookbacks as the plan network wrote them. Without it the phrases of songs decide.
        """
        now = self._bar(bar, parameters, written[0])
        before = [
            self._bar(bar - lag, parameters, old) if lag <= bar else None
            for lag, old in zip(LOOKBACK_BARS, written[1:], strict=True)
        ]
        form = repeats([now.letters, *(each and each.letters for each in before)])
        plan = _planned(now.sounding, parameters)._replace(tune_form=form[:_VOICES], drum_form=form[_VOICES:])
        if written[0] is None:
            return plan
        rhythms = repeats([now.rhythms, *((each and each.rhythms) or None for each in before)])
        return _with_writing(plan, written[0].bar)._replace(rhythms=rhythms)

    def foresee(self, bar: int, parameters: Parameters) -> BarPlan:
        """Return the plan of `bar` without its form; cache nothing."""
        return _planned(self._sounding(bar, parameters), parameters)

    def _bar(self, bar: int, parameters: Parameters, written: WrittenBar | None) -> _Bar:
        """Return a bar and its letters. Recent bars are cached, because later bars are compared with them."""
        if parameters is not self._parameters or len(self._recent) > _RECENT_BARS:
            self._recent.clear()
            self._parameters = parameters
        if (bar, written) not in self._recent:
            sounding = self._sounding(bar, parameters, written)
            if written is None:
                made = _Bar(sounding, self._forms.letters(sounding, parameters.repetition), ())
            else:
                made = _Bar(
                    sounding,
                    letters_of(sounding, written.origins),
                    rhythm_letters_of(sounding, written.rhythms),
                )
            self._recent[bar, written] = made
        return self._recent[bar, written]

    def _sounding(self, bar: int, parameters: Parameters, written: WrittenBar | None = None) -> Sounding:
        section = self.section_at(bar, parameters)
        phrasing = self._phraser.of(section, bar, parameters)
        if written is not None:
            phrasing = self._phraser.written(section, bar, phrasing, written.bar, parameters)
        drums = self._kit.play(section, bar, phrasing.drums, parameters)
        is_full = section.name == DROP and parameters.energy >= FULL_FROM
        voices = _with_harmony(self._phraser.levels(section, phrasing), drums, is_full=is_full)
        if section.start_bar == 0 and section.name == INTRO:
            voices = _opening(voices, bar)
        if is_led(parameters) and parameters.played.leads_anew(bar):
            voices = (max(voices[0], _LED_AT_LEAST), max(voices[1], _LED_AT_LEAST), voices[2])
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
        bars_before=sounding.bar - section.start_bar if section.follows else 0,
        genre=NAMES.index(section.genre),
        genres=section.genres.weights() if section.blend else (),
        beat=beat_of(section, sounding.drums),
        strike=_strike(manner[5], bass, chords),
    )


def _blend(genre: str, parameters: Parameters) -> GenreBlend:
    """Return the blend of a genre with the second one, if the performer set another one."""
    second = parameters.genre_to
    return GenreBlend(genre) if second in (AUTO, genre) else GenreBlend(genre, second, parameters.genre_mix)


def _strike(planned: int, bass: int, chords: int) -> int:
    """Return how bass and chords strike; unstated if one is silent, or if their levels do not allow TOGETHER."""
    fits = bass == chords if planned == TOGETHER else bass and chords
    return planned if bass and fits else 0


def _with_writing(plan: BarPlan, bar: Bar) -> BarPlan:
    """Return a plan with the contour that the plan network wrote, and with its beat where the director has none."""
    lead = plan.voices[-1]
    groups = percussion.LAYOUT.part_ranges[:2]
    keeps_beat = plan.beat < 0 and all(plan.drums[slice(*each)] == bar.drums[slice(*each)] for each in groups)
    return plan._replace(
        heights=bar.heights if lead else (0, 0),
        span=bar.span if lead else 0,
        beat=bar.beat if keeps_beat else plan.beat,
    )


def _opening(voices: tuple[int, int, int], bar: int) -> tuple[int, int, int]:
    """Raise levels of voices in a set's first bars, which must hold a listener: chords, and a lead from bar 4 on."""
    bass, chords, lead = voices
    return bass, max(chords, _CHORDS_AT_LEAST), max(lead, _LEAD_AT_LEAST if bar >= _LEAD_FROM else 0)


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
