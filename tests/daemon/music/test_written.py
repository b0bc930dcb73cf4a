"""What the plan network may write: repeats only of bars that a part can repeat, and fills only where phrases end."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.set_form import Section
from daemon.music.arranging.writing_rules import FREE_CHOICE, Brief, Situation, copyable, possible
from daemon.music.arranging.written import WrittenBar, resolved, row_of_plan
from models.codecs import bars
from models.codecs.bars import LAYOUT, PARTS, Bar
from models.codecs.base import LOOKBACK_BARS

C, F = (145, 0), (545, 5)
BASS, CHORDS, LEAD, KICK, BACKBEAT = range(5)
SECTION = Section("drop", 0, 32, 0)
BUSY = Bar((0,) * 7, (0,) * 3, (2, 2, 3), (1, 1, 1), 3, 3, (5, 6), 2, 1, (2, 0, 1, 0, 2, 0, 0, 0, 0))


def brief(**changes: Any) -> Brief:
    free = Brief(
        SECTION,
        (C, C),
        0.8,
        (FREE_CHOICE,) * 3,
        (FREE_CHOICE,) * 9,
        FREE_CHOICE,
        may_rest=True,
        is_classical=False,
        is_simple=True,
        loops=(0,) * 7,
    )
    return free._replace(**changes)


def plan(*chords: tuple[int, int]) -> BarPlan:
    (first, root), (second, other) = chords
    return BarPlan("drop", (first, second), (2, 2, 3), BUSY.drums, 0.5, (root, other))


def past(count: int, number: int, bar: Bar = BUSY) -> tuple[WrittenBar, ...]:
    """The last bars, all equal, if `number` is the next one."""
    return (WrittenBar(bar, (number - count,) * PARTS, (number - count,) * 3),) * count


def situation(number: int, count: int = 8, **changes: Any) -> Situation:
    usual = Situation(1, number, brief(), past(count, number), (plan(C, C),) * 4, 0.6)
    return usual._replace(**changes)


def forms(allowed: NDArray[np.bool_], part: int) -> set[int]:
    """The lookbacks that a part may repeat, in bars, and 0 if it may be new."""
    start = LAYOUT.part_ranges[part][0]
    tokens = allowed[LAYOUT.offsets[start] : LAYOUT.offsets[start + 1]]
    return {(0, *LOOKBACK_BARS)[token] for token in np.flatnonzero(tokens)}


def levels(allowed: NDArray[np.bool_], name: str) -> set[int]:
    return set(np.flatnonzero(allowed[LAYOUT.slot_range(name)]).tolist())


def test_nothing_is_repeated_before_it_was_played() -> None:
    for count, wanted in ((0, {0}), (3, {0, 1, 2}), (8, {0, 1, 2, 4, 8})):
        assert forms(possible(situation(8, count)), LEAD) == wanted


def test_a_bass_needs_its_roots_and_chords_their_notes_and_a_lead_neither() -> None:
    now = possible(situation(8, plans=(plan(F, F), plan(C, F), plan(C, C), plan((273, 0), C))))
    assert forms(now, BASS) == {0, 4, 8}
    assert forms(now, CHORDS) == {0, 4}
    assert forms(now, LEAD) == {0, 1, 2, 4, 8}


def test_a_silent_bar_is_not_repeated() -> None:
    rests = BUSY._replace(voices=(2, 2, 0), heights=(0, 0), span=0, lengths=(1, 1, 0))
    now = possible(situation(8, past=past(8, 8, rests)))
    assert forms(now, LEAD) == {0}
    assert forms(now, CHORDS) == {0, 1, 2, 4, 8}


def test_prescribed_levels_decide_what_may_be_written_and_repeated() -> None:
    now = possible(situation(8, brief=brief(voices=(0, FREE_CHOICE, 4), may_rest=False)))
    assert levels(now, "bass level") == {0}
    assert levels(now, "lead level") == {4}
    assert levels(now, "chords level") == {1, 2, 3, 4, 5}
    assert forms(now, BASS) == forms(now, LEAD) == {0}
    kick = possible(situation(8, brief=brief(drums=(2, *(FREE_CHOICE,) * 8))))
    assert levels(kick, "kick") == {2}
    assert levels(kick, "rim") == {0, 1, 2, 3}
    assert forms(kick, KICK) == {0, 1, 2, 4, 8}


@pytest.mark.parametrize("number", range(8, 16))
def test_drums_change_only_where_a_phrase_begins_or_half_of_it_ends(number: int) -> None:
    assert (0 in forms(possible(situation(number)), KICK)) is (number % 8 == 0 or number % 4 == 3)
    assert 0 in forms(possible(situation(number)), LEAD)


def test_a_fill_is_repeated_only_by_a_fill() -> None:
    old = past(8, 12)
    fill = old[0]._replace(origins=(11,) * PARTS)
    after, at_end = possible(situation(12, past=(fill, *old[1:]))), possible(situation(15))
    assert forms(after, KICK) == {2, 4, 8}
    assert forms(at_end, KICK) == {0, 1, 2, 4, 8}


def test_a_part_of_the_kit_that_was_silent_stays_silent_in_mid_phrase() -> None:
    quiet = BUSY._replace(drums=(0,) * 9)
    fill = past(1, 12)[0]._replace(origins=(11,) * PARTS)
    for before in (past(8, 12, quiet), (fill, *past(7, 12, quiet))):
        assert levels(possible(situation(12, past=before)), "kick") == {0}


def test_repetition_zero_makes_everything_new() -> None:
    now = possible(situation(9, repetition=0.0))
    assert all(forms(now, part) == {0} for part in range(PARTS))
    assert levels(now, "lead rhythm") == {0}


def test_a_loop_repeats_itself_within_its_section() -> None:
    loops = brief(loops=(2, 4, 8, 0, 0, 0, 0))
    assert [forms(possible(situation(8, brief=loops)), part) for part in range(3)] == [{2, 4, 8}, {4, 8}, {8}]
    begun = brief(loops=(2, 4, 8, 0, 0, 0, 0), section=SECTION._replace(start_bar=5))
    assert [forms(possible(situation(8, brief=begun)), part) for part in range(2)] == [{2}, {0, 1, 2, 4, 8}]


def test_a_lead_stays_in_a_range_that_one_can_sing_and_is_freer_in_the_next_section() -> None:
    simple, other = (possible(situation(8, brief=brief(is_simple=is_simple))) for is_simple in (True, False))
    assert levels(simple, "lead height") == levels(simple, "lead height after") == {0, *range(5, 8)}
    assert levels(other, "lead height") == {0, *range(5, 9)}
    assert levels(simple, "lead span") == {0, 1, 2}
    assert levels(other, "lead span") == {0, 1, 2, 3}
    drop, groove = (
        possible(situation(8, brief=brief(section=SECTION._replace(start_bar=8, name=name))))
        for name in ("drop", "groove")
    )
    assert levels(drop, "lead height") == {0, *range(6, 11)}, "above the chords"
    assert levels(groove, "lead height") == set(range(11))


def test_bass_and_lead_of_a_simple_track_have_few_notes() -> None:
    rests = brief(may_rest=False, section=SECTION._replace(genre="breakbeat"))
    simple, other = (possible(situation(8, brief=rests._replace(is_simple=each))) for each in (True, False))
    for voice in ("bass level", "lead level"):
        assert levels(simple, voice) == {1, 2, 3}
        assert levels(other, voice) == {1, 2, 3, 4, 5}


def test_drops_of_a_genre_are_as_busy_as_it_is() -> None:
    def written(genre: str, part: str, section: str = "drop", bar: int = 8, **changes: Any) -> set[int]:
        here = brief(section=SECTION._replace(genre=genre, name=section), may_rest=False, **changes)
        return levels(possible(situation(bar, 0, brief=here)), part)

    assert written("techno", "closed_hat") == {3}
    assert written("techno", "closed_hat", "break") == {0, 1, 2, 3}
    assert written("techno", "closed_hat", bar=11) == {0, 1, 2, 3}, "a fill"
    assert written("techno", "chords level") == {1}
    assert written("trance", "lead level") == {3, 4, 5}, "also in a simple track"
    assert written("trance", "lead level", voices=(FREE_CHOICE, FREE_CHOICE, 1)) == {1}, (
        "the director's hand counts"
    )


def test_a_repeating_part_has_the_values_and_the_origin_of_the_bar_that_it_repeats() -> None:
    old = past(4, 8)
    written = resolved(8, bars.row_of(BUSY._replace(form=(3, 0, 0, 3, 0, 0, 0), voices=(5, 4, 5))), old)
    assert written.bar.voices == (2, 4, 5)
    assert written.origins == (4, 8, 8, 4, 8, 8, 4)
    assert written.rhythms == (4, 8, 8)


def test_a_rhythm_brings_its_level_and_silence_repeats_silence() -> None:
    row = bars.row_of(BUSY._replace(rhythm=(0, 0, 1), voices=(2, 2, 5)))
    written = resolved(8, row, past(4, 8))
    assert written.bar.voices == (2, 2, 3)
    assert written.rhythms == (8, 8, 4)
    assert written.origins[2] == 8
    assert written.origins[6] == 4


def test_only_rows_of_allowed_tokens_are_copied() -> None:
    allowed = possible(situation(8, brief=brief(voices=(0, FREE_CHOICE, FREE_CHOICE))))
    lookback = np.stack([bars.row_of(BUSY)] * 4)
    found = copyable(allowed, lookback, lived=4)
    assert found[LEAD].tolist() == [True, True, True, False]
    assert not found[BASS].any()


def test_the_row_of_a_plan_says_what_the_plan_says() -> None:
    given = plan(C, C)._replace(
        tune_form=((True, True, False, False, False), (False,) * 5, (False, False, False, True, True)),
        drum_form=((False, True, False, False, False),) * 4,
        rhythms=((True,) * 5,) * 3,
        heights=(3, 4), span=2, strike=1, beat=1, thickness=3, lengths=(1, 2, 3),
    )  # fmt: skip
    bar = bars.bar_of(row_of_plan(given))
    assert bar.form == (1, 0, 4, 2, 2, 2, 0)
    assert bar.rhythm == (1, 1, 1)
    for name in ("voices", "lengths", "thickness", "strike", "heights", "span", "beat", "drums"):
        assert getattr(bar, name) == getattr(given, name)
