"""Changes of parameters over ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.automation import At, Automation, boundary
from daemon.parameters import ParameterError, Parameters


@pytest.fixture
def automation() -> Automation:
    return Automation(Parameters())


@pytest.mark.parametrize(
    ("at", "next_tick", "effective_beat"),
    [
        ("now", 5, 1.25), ("beat", 5, 2.0), ("beat", 8, 2.0), ("bar", 1, 4.0), ("bar", 16, 4.0),
        ("phrase", 1, 32.0), ("phrase", 129, 64.0), ("phrase", 0, 0.0),
    ],
)  # fmt: skip
def test_changes_begin_at_the_next_boundary(
    automation: Automation, at: At, next_tick: int, effective_beat: float
) -> None:
    assert automation.schedule({"transpose": 3}, at, next_tick=next_tick) == effective_beat
    tick = round(effective_beat * 4)
    assert tick == next_tick or automation.advance(tick - 1).transpose == 0
    assert automation.advance(tick).transpose == 3


def test_numbers_glide_in_a_line_and_arrive_exactly(automation: Automation) -> None:
    assert automation.schedule({"classical_mix": 1.0}, "bar", 2, next_tick=3) == 4.0
    heard = [automation.advance(tick).classical_mix for tick in range(14, 27)]
    assert heard == pytest.approx([0.2, 0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0])
    assert heard[-1] == 1.0
    assert automation.pending() == {}


def test_switches_choices_and_whole_numbers_do_not_glide(automation: Automation) -> None:
    automation.schedule({"transpose": 4, "lead.mute": True, "scale": "C minor"}, "now", 8, next_tick=2)
    snapshot = automation.advance(2)
    assert (snapshot.transpose, snapshot.lead_mute, snapshot.scale) == (4, True, "C minor")


def test_one_bad_value_schedules_nothing(automation: Automation) -> None:
    with pytest.raises(ParameterError):
        automation.schedule({"energy": 1.0, "tempo": 9000}, next_tick=0)
    assert automation.advance(0) == Parameters()
    assert automation.pending() == {}


def test_a_later_change_replaces_a_glide_from_where_it_is(automation: Automation) -> None:
    automation.schedule({"energy": 1.0}, "now", 2, next_tick=0)
    for tick in range(5):
        automation.advance(tick)
    automation.schedule({"energy": 0.0}, "now", 1, next_tick=4)
    heard = [automation.advance(tick).energy for tick in range(4, 9)]
    assert heard == pytest.approx([0.75, 0.5625, 0.375, 0.1875, 0.0])


def test_a_change_due_now_is_heard_although_a_later_one_waits(automation: Automation) -> None:
    automation.schedule({"energy": 0.9}, "now", next_tick=1)
    automation.schedule({"energy": 0.1}, "bar", next_tick=1)
    assert [automation.advance(tick).energy for tick in (1, 15, 16)] == [0.9, 0.9, 0.1]


def test_peeking_shows_the_next_tick_and_changes_nothing(automation: Automation) -> None:
    automation.schedule({"tempo": 140}, next_tick=7)
    assert automation.peek(7).tempo == 140.0
    assert automation.current.tempo == 128.0
    assert automation.pending()["tempo"] == {"target": 140.0, "from_beat": 1.75, "until_beat": 1.75}


def test_the_same_snapshot_comes_back_while_nothing_changes(automation: Automation) -> None:
    automation.schedule({"tempo": 140}, "phrase", next_tick=1)
    first = automation.advance(1)
    assert automation.advance(2) is first


def test_after_a_restart_what_waits_begins_and_what_glides_goes_on(automation: Automation) -> None:
    automation.schedule({"tempo": 140}, "phrase", next_tick=1001)
    automation.schedule({"energy": 1.0}, "now", 2, next_tick=1000)
    for tick in range(1000, 1005):
        automation.advance(tick)
    automation.restart(0, next_tick=1004)
    assert automation.advance(0).tempo == 140.0
    assert [automation.advance(tick).energy for tick in (0, 2, 4)] == pytest.approx([0.75, 0.875, 1.0])


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.sampled_from(["now", "beat", "bar", "phrase"]),
            st.floats(0, 40),
            st.integers(0, 50),
        ),
        max_size=8,
    )
)
def test_any_history_stays_in_range_and_ends_at_the_last_target(
    history: list[tuple[float, At, float, int]],
) -> None:
    automation, tick = Automation(Parameters()), 0
    for target, at, over_beats, wait in history:
        automation.schedule({"energy": target}, at, over_beats, next_tick=tick)
        for _ in range(wait):
            assert 0.0 <= automation.advance(tick).energy <= 1.0
            tick += 1
    final = automation.advance(tick + boundary(tick, "phrase") + 128 + 400).energy
    assert final == (history[-1][0] if history else 0.5)
    assert automation.pending() == {}
