"""Changes of parameters over ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.automation import At, Automation, boundary
from daemon.parameters import Parameters, Value

PLAIN = Automation(Parameters())


def energies(automation: Automation, ticks: range) -> tuple[list[float], Automation]:
    """Let `ticks` pass; return the energy of each, and the automation after them."""
    heard = []
    for tick in ticks:
        automation = automation.advanced(tick)
        heard.append(automation.current.energy)
    return heard, automation


@pytest.mark.parametrize(
    ("at", "next_tick", "effective_beat"),
    [
        ("now", 5, 1.25), ("beat", 5, 2.0), ("beat", 8, 2.0), ("bar", 1, 4.0), ("bar", 16, 4.0),
        ("phrase", 1, 32.0), ("phrase", 129, 64.0), ("phrase", 0, 0.0),
    ],
)  # fmt: skip
def test_changes_begin_at_the_next_boundary(at: At, next_tick: int, effective_beat: float) -> None:
    automation = PLAIN.scheduled({"transpose": 3}, next_tick, at)
    assert automation.pending()["transpose"]["from_beat"] == effective_beat
    tick = round(effective_beat * 4)
    assert tick == boundary(next_tick, at)
    assert tick == next_tick or automation.advanced(tick - 1).current.transpose == 0
    assert automation.advanced(tick).current.transpose == 3


def test_nothing_that_happens_to_an_automation_changes_it() -> None:
    waiting = PLAIN.scheduled({"energy": 1.0}, 3, "bar", 2.0, number=1)
    before = dict(waiting.changes)
    waiting.scheduled({"energy": 0.2, "swing": 0.3}, 5, number=2)
    waiting.advanced(20)
    waiting.restarted(0, 20)
    waiting.cancelled([1], 20)
    assert (waiting.current, dict(waiting.changes)) == (Parameters(), before)
    assert Automation(Parameters()).changes == {}


def test_numbers_glide_in_a_line_and_arrive_exactly() -> None:
    automation = PLAIN.scheduled({"classical_mix": 1.0}, 3, "bar", 2.0)
    heard = []
    for tick in range(14, 27):
        automation = automation.advanced(tick)
        heard.append(automation.current.classical_mix)
    assert heard == pytest.approx([0.2, 0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0])
    assert heard[-1] == 1.0
    assert automation.pending() == {}


def test_switches_choices_and_whole_numbers_do_not_glide() -> None:
    asked: dict[str, Value] = {"transpose": 4, "lead.mute": True, "scale": "C minor"}
    snapshot = PLAIN.scheduled(asked, 2, "now", 8.0).advanced(2).current
    assert (snapshot.transpose, snapshot.lead.mute, snapshot.scale) == (4, True, "C minor")
    assert snapshot.drums.mute is False


def test_a_later_change_replaces_a_glide_from_where_it_is() -> None:
    _, automation = energies(PLAIN.scheduled({"energy": 1.0}, 0, "now", 2.0), range(5))
    heard, _ = energies(automation.scheduled({"energy": 0.0}, 4, "now", 1.0), range(4, 9))
    assert heard == pytest.approx([0.75, 0.5625, 0.375, 0.1875, 0.0])


def test_a_change_due_now_is_heard_although_a_later_one_waits() -> None:
    automation = PLAIN.scheduled({"energy": 0.9}, 1).scheduled({"energy": 0.1}, 1, "bar")
    heard, _ = energies(automation, range(1, 17))
    assert heard == [*[0.9] * 15, 0.1]


def test_peeking_shows_the_next_tick_and_changes_nothing() -> None:
    automation = PLAIN.scheduled({"tempo": 140.0}, 7)
    assert automation.peek(7).tempo == 140.0
    assert automation.peek(6).tempo == 128.0
    assert automation.current.tempo == 128.0
    assert automation.pending()["tempo"] == {"target": 140.0, "from_beat": 1.75, "until_beat": 1.75}


def test_what_a_bar_adopts_is_announced_until_its_bar_line() -> None:
    automation = PLAIN.scheduled({"section": "drop"}, 5)
    assert automation.advanced(5).current.section == "drop"
    assert automation.advanced(5).pending()["section"]["from_beat"] == 4.0
    assert automation.advanced(5).advanced(16).pending() == {}


def test_the_same_snapshot_comes_back_while_nothing_changes() -> None:
    first = PLAIN.scheduled({"tempo": 140.0}, 1, "phrase").advanced(1)
    assert first.advanced(2).current is first.current
    assert PLAIN.advanced(1) is PLAIN


def test_accepted_is_what_was_asked_for_last() -> None:
    automation = PLAIN.scheduled({"energy": 0.9}, 1, "phrase").scheduled({"swing": 0.25}, 1).advanced(1)
    assert automation.accepted(["energy", "swing", "tempo"]) == {"energy": 0.9, "swing": 0.25, "tempo": 128.0}


def test_after_a_restart_what_waits_begins_and_what_glides_goes_on() -> None:
    automation = PLAIN.scheduled({"tempo": 140.0}, 1001, "phrase").scheduled(
        {"energy": 1.0}, 1000, "now", 2.0
    )
    _, automation = energies(automation, range(1000, 1005))
    automation = automation.restarted(0, 1004)
    assert automation.advanced(0).current.tempo == 140.0
    heard, _ = energies(automation, range(5))
    assert (heard[0], heard[2], heard[4]) == pytest.approx((0.75, 0.875, 1.0))


def test_taking_back_an_operation_leaves_all_others() -> None:
    automation = PLAIN.scheduled({"tempo": 140.0, "swing": 0.5}, 1, "phrase", number=1)
    automation = automation.scheduled({"swing": 0.25}, 1, "phrase", number=2)
    left = automation.cancelled([1], 5)
    assert {name: pending["target"] for name, pending in left.pending().items()} == {"swing": 0.25}
    assert left.advanced(128).current.tempo == 128.0


def test_taking_back_a_glide_stops_it_where_it_is() -> None:
    _, automation = energies(PLAIN.scheduled({"energy": 1.0}, 0, "now", 2.0, number=3), range(3))
    stopped = automation.cancelled([3], 4)
    assert stopped.pending() == {}
    assert stopped.advanced(9).current.energy == pytest.approx(0.75)


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
    automation, tick = PLAIN, 0
    for target, at, over_beats, wait in history:
        automation = automation.scheduled({"energy": target}, tick, at, over_beats)
        heard, automation = energies(automation, range(tick, tick + wait))
        assert all(0.0 <= energy <= 1.0 for energy in heard)
        tick += wait
    automation = automation.advanced(tick + boundary(tick, "phrase") + 128 + 400)
    assert automation.current.energy == (history[-1][0] if history else 0.5)
    assert automation.pending() == {}
