"""The hook of a track: which bars state it, which return to it, and how they are planned and played."""

from dataclasses import replace

import pytest

from daemon.music.arranging.barplan import TOGETHER, BarPlan
from daemon.music.arranging.recalling import LEAD, Past, Return, line_returns, recalled, remembering, returns
from daemon.music.arranging.set_form import FREE, Section
from daemon.music.arranging.track_memory import Hook, TrackMemory
from daemon.parameters import Parameters, change
from models import bundle
from models.codecs import melody
from models.codecs.base import LAGS
from models.codecs.recall import RECALL_BARS
from models.notes import TICKS_PER_BAR
from models.session import choose_provider
from tests.daemon.solo import Solo, remembered, roles

NOTHING = ((False,) * LAGS,) * 3
FIRST, BREAK, SECOND = Section("drop", 16, 16, 0), Section("break", 32, 8, 0), Section("drop", 40, 32, 0)
OTHER_TRACK = Section("drop", 80, 16, 1)


def drive(memory: TrackMemory, section: Section, bars: range, parameters: Parameters) -> TrackMemory:
    for bar in bars:
        memory = memory.at(bar, section, parameters)
    return memory


def after_the_first_drop(parameters: Parameters | None = None) -> TrackMemory:
    parameters = parameters or Parameters()
    memory = drive(TrackMemory(), Section("build", 0, 16, 0), range(16), parameters)
    return drive(memory, FIRST, range(16, 32), parameters)


def test_the_first_drop_of_a_track_states_its_hook() -> None:
    memory = after_the_first_drop()
    assert memory.hook == Hook(16, 16, section_start=16)
    assert drive(memory, BREAK, range(32, 40), Parameters()).hook == memory.hook
    assert drive(memory, SECOND, range(40, 72), Parameters()).hook == memory.hook
    assert memory.moved(100).hook == Hook(116, 16, section_start=116)


def test_the_hook_of_one_track_does_not_haunt_the_next() -> None:
    memory = drive(after_the_first_drop(), OTHER_TRACK, range(80, 84), Parameters())
    assert (memory.began, memory.hook) == (80, Hook(80, 4, section_start=80))
    assert returns(1, 84, OTHER_TRACK, memory, Parameters()) is None


def test_later_drops_return_to_the_same_place_of_the_hook() -> None:
    memory, returned = after_the_first_drop(), []
    for seed in range(20):
        found = {bar: returns(seed, bar, SECOND, memory, Parameters()) for bar in range(40, 72)}
        lags = {bar: each.lag for bar, each in found.items() if each}
        assert all(bar - lag == 16 + (bar - 40) % 16 for bar, lag in lags.items())
        assert len(lags) % 8 == 0, "whole phrases return"
        returned.append(len(lags) / len(found))
    assert 0.4 < sum(returned) / len(returned) < 0.95
    assert all(returns(1, bar, FIRST, memory, Parameters()) is None for bar in range(16, 32))


def test_how_often_the_hook_returns_follows_repetition() -> None:
    memory = after_the_first_drop()

    def share(repetition: float, section: Section = SECOND) -> float:
        parameters = Parameters(repetition=repetition)
        found = [returns(seed, 40, section, memory, parameters) is not None for seed in range(200)]
        return sum(found) / len(found)

    assert share(0.0) == 0
    assert share(0.6, SECOND._replace(follows="outro")) > 0.85, "the last drop of a track"
    assert 0.2 < share(0.3) < 0.45 < share(0.6) < 1


@pytest.mark.parametrize("section", [BREAK, Section("groove", 72, 8, 0)])
def test_other_later_sections_quote_the_lead_now_and_then(section: Section) -> None:
    memory = after_the_first_drop()
    found = [returns(seed, section.start_bar, section, memory, Parameters()) for seed in range(200)]
    quotes = [each for each in found if each]
    assert 0.02 < len(quotes) / len(found) < 0.35
    assert {each.repeats for each in quotes} == {frozenset({LEAD})}


def test_a_lead_that_comes_back_after_a_rest_quotes_the_hook() -> None:
    memory = after_the_first_drop()
    for bar in range(32, 36):
        memory = memory.at(bar, BREAK, Parameters(), has_lead=False)
    back = memory.at(36, BREAK, Parameters())
    found = [returns(seed, 36, BREAK, back, Parameters()) is not None for seed in range(200)]
    assert sum(found) / len(found) > 0.85
    assert back.is_back(39)
    assert not back.is_back(40)
    assert not memory._replace(rest_bars=3).at(36, BREAK, Parameters()).is_back(36)


def test_without_a_hook_a_lead_that_comes_back_goes_on_with_its_line_before_the_rest() -> None:
    intro = Section("intro", 0, 16, 0)
    memory = drive(TrackMemory(), intro, range(4), Parameters())
    for bar in range(4, 8):
        memory = memory.at(bar, intro, Parameters(), has_lead=False)
    for bar in range(8, 12):
        memory = memory.at(bar, intro, Parameters())
        found = [line_returns(seed, bar, intro, memory, Parameters()) for seed in range(200)]
        back = [each for each in found if each]
        assert set(back) == {Return(8, bar - 8, frozenset({LEAD}), frozenset())}
        assert len(back) / len(found) > 0.85
        assert line_returns(1, bar, intro, memory, Parameters(repetition=0.0)) is None
    assert line_returns(1, 12, intro, memory.at(12, intro, Parameters()), Parameters()) is None
    elsewhere = memory.at(80, OTHER_TRACK, Parameters())
    assert elsewhere.line_source(80) is None, "the next track has lines of its own"


def test_keep_makes_the_phrase_that_sounds_the_hook_also_of_later_tracks() -> None:
    kept = change(Parameters(), {"hook": "keep"})
    memory = after_the_first_drop().at(37, BREAK, kept)
    assert memory.hook == Hook(32, 8, is_kept=True)
    assert memory.at(80, OTHER_TRACK, kept).hook == memory.hook
    found = returns(1, 81, OTHER_TRACK, memory.at(80, OTHER_TRACK, kept), kept)
    assert found is not None
    assert found.lag == 81 - 33


def test_recall_returns_at_once_and_new_never() -> None:
    memory = after_the_first_drop()
    recall, new = (change(Parameters(), {"hook": name}) for name in ("recall", "new"))
    for bar in range(34, 40):
        now = returns(1, bar, BREAK, drive(memory, BREAK, range(34, bar + 1), recall), recall)
        assert now == Return(34 - 16, bar - 34, frozenset({0, 1, 2}), frozenset())
        assert returns(1, bar, BREAK, memory, new) is None
    assert drive(memory, SECOND, range(40, 45), new).hook == Hook(40, 5, section_start=40)


def plan(**values: object) -> BarPlan:
    return replace_plan(
        BarPlan("drop", (1, 2), (1, 1, 1), (2,) * 9, 0.5, (0, 5), tune_form=NOTHING), **values
    )


def replace_plan(old: BarPlan, **values: object) -> BarPlan:
    return old._replace(**values)  # type: ignore[arg-type]


OLD = plan(
    voices=(3, 2, 4), harmony=(145, 137), roots=(9, 2), register=2, heights=(4, 6), span=2, lengths=(1, 2, 3)
)
EVERY = Return(24, 4, frozenset({0, 1, 2}), frozenset())


def test_a_bar_is_planned_like_the_one_that_it_recalls() -> None:
    made = recalled(plan(), OLD, EVERY, Parameters())
    assert (made.harmony, made.roots, made.voices) == (OLD.harmony, OLD.roots, OLD.voices)
    assert (made.register, made.heights, made.span, made.lengths) == (2, (4, 6), 2, (1, 2, 3))
    assert made.recall == (24, 24, 24, 0, 0, 0, 0)
    assert made.tune_form == ((False, False, False, False, True),) * 3
    assert made.drums == plan().drums


def test_within_its_passage_a_recalled_bar_repeats_what_it_repeated_then() -> None:
    old = replace_plan(OLD, tune_form=((False, False, True, True, False),) * 3)
    assert recalled(plan(), old, EVERY, Parameters()).tune_form == ((False, False, True, False, True),) * 3


def test_the_performers_hand_goes_before_the_hook() -> None:
    silent = replace_plan(plan(), voices=(1, 1, 0))
    off = change(Parameters(), {"lead.level": "off"})
    made = recalled(silent, OLD, EVERY, off)
    assert made.voices[2] == made.recall[2] == 0
    assert recalled(silent, OLD, EVERY, Parameters()).voices[2] == OLD.voices[2], "an added voice returns"
    assert recalled(silent, OLD, EVERY, Parameters(energy=0.2)).voices[2] == 0
    held = recalled(plan(), OLD, EVERY, change(Parameters(), {"chord_loop": "i-VI-III-VII"}))
    assert held.harmony == plan().harmony


def test_a_later_drop_that_does_not_return_is_at_least_as_busy_as_the_first() -> None:
    memory, sparse = after_the_first_drop(), plan(voices=(2, 1, 0))
    plans: list[BarPlan | None] = [OLD] * RECALL_BARS
    seed = next(seed for seed in range(99) if returns(seed, 40, SECOND, memory, Parameters()) is None)

    def levels(section: Section, parameters: Parameters, now: BarPlan = sparse) -> tuple[int, ...]:
        return remembering(Past(seed, memory, plans), 40, section, now, parameters)[0].voices

    assert levels(SECOND, Parameters()) == OLD.voices
    assert levels(SECOND, Parameters(), plan(voices=(5, 5, 1), strike=TOGETHER)) == (5, 5, 4)
    assert levels(BREAK, Parameters(), plan()) == (1, 1, 1)
    assert levels(SECOND, change(Parameters(), {"bass.level": "2", "lead.level": "off"})) == (2, 2, 0)
    for calmer in ({"energy": 0.2}, {"density": 0.3}, {"classical_mix": 0.6}):
        assert levels(SECOND, change(Parameters(), calmer)) == sparse.voices
    more = plan(drums=(2, 0, 1, 0, 2, 0, 0, 1, 0))
    drums = remembering(
        Past(seed, memory, [replace_plan(OLD, drums=(2, 1, 0, 3, 0, 0, 1, 0, 0))] * RECALL_BARS),
        40,
        SECOND,
        more,
        Parameters(),
    )[0].drums
    assert drums == (2, 1, 1, 3, 2, 0, 1, 1, 0)


def test_within_a_phrase_varied_voices_do_not_repeat_bars_that_may_repeat_the_prime() -> None:
    found = Return(24, 10, frozenset({0}), frozenset({LEAD}), is_primed=True)
    asks = replace_plan(plan(), tune_form=((True, True, True, True, False),) * 3)
    made = recalled(asks, OLD, found, Parameters())
    assert made.tune_form is not None
    assert made.tune_form[LEAD] == (True, True, False, False, False), "bar 2 of a phrase"
    assert made.tune_form[1] == (True, True, True, True, False)


def test_primed_music_gives_its_chords_and_key_to_the_whole_track() -> None:
    none: frozenset[int] = frozenset()
    found = Return(24, 4, none, frozenset({LEAD}), is_primed=True)
    made = recalled(plan(key=3), replace_plan(OLD, key=-2), found, Parameters())
    assert (made.harmony, made.key, made.voices) == (OLD.harmony, -2, plan().voices)
    assert made.recall == (0, 0, 24, 0, 0, 0, 0)
    assert made.tune_form == NOTHING
    assert made.rhythms is not None
    assert made.rhythms[LEAD] == (False, False, False, False, True)


def test_a_drop_that_returns_plays_the_notes_of_the_first_one() -> None:
    """The shipped networks copy nearly all that the plan recalls."""
    shipped = bundle.load("edm")
    solo = Solo(shipped, choose_provider("cpu", shipped.model("percussion")), 5)
    drop = change(Parameters(classical_mix=0.0), {"section": "drop", "lead.level": "4", "humanize": 0.0})
    bars = 12
    for tick in range(bars * TICKS_PER_BAR):
        parameters = replace(drop, section="drop" if tick < 8 * TICKS_PER_BAR else "break", hook="auto")
        if tick >= 8 * TICKS_PER_BAR:
            parameters = replace(parameters, hook="recall")
        solo.step(tick, parameters)
    memory = roles(solo.save(), 0)
    first, again = (remembered(memory, bar * TICKS_PER_BAR, (bar + 4) * TICKS_PER_BAR) for bar in (0, 8))
    lead = slice(*melody.LAYOUT.part_ranges[LEAD])
    sounding = first[:, lead].any(axis=1)
    assert sounding.sum() >= 8
    assert (first[sounding, lead] == again[sounding, lead]).all(axis=1).mean() > 0.8


def test_without_sections_nothing_returns_by_itself() -> None:
    memory = drive(TrackMemory(), Section(FREE, 0, 32, 0), range(32), Parameters(director=False))
    section = Section(FREE, 32, 32, 0)
    assert returns(1, 33, section, memory, Parameters(director=False)) is None
    asked = change(Parameters(director=False), {"hook": "recall"})
    assert returns(1, 33, section, memory, asked) is not None
