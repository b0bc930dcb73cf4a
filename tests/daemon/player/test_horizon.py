from typing import Any

"""The horizon: revisions are taken whole or refused whole, whatever comes in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.link.player import Revise, TickNotes
from daemon.player.horizon import Horizon


def ticks(first: int, count: int, tempo: float = 120.0) -> tuple[TickNotes, ...]:
    return tuple(TickNotes(number, (), tempo) for number in range(first, first + count))


def revise(revision: int, base: int, first: int, count: int, tempo: float = 120.0) -> Revise:
    return Revise(0, revision, base, first, ticks(first, count, tempo))


def test_revisions_follow_each_other() -> None:
    horizon = Horizon()
    assert horizon.take(revise(1, 0, 0, 4), 0)
    assert horizon.take(revise(2, 1, 4, 2), 1)
    assert (horizon.revision, horizon.end) == (2, 6)
    assert [horizon.begin(number) for number in range(7)] == [True] * 6 + [False]


def test_a_revision_drops_the_ticks_that_it_does_not_say_again() -> None:
    horizon = Horizon()
    assert horizon.take(revise(1, 0, 0, 10), 0)
    assert horizon.take(revise(2, 1, 3, 2, 90.0), 2)
    assert horizon.end == 5
    tempos = [tick.tempo if (tick := horizon.tick(number)) else None for number in range(2, 7)]
    assert tempos == [120.0, 90.0, 90.0, None, None]


def test_an_empty_revision_takes_back_what_is_held() -> None:
    horizon = Horizon()
    assert horizon.take(revise(1, 0, 0, 10), 0)
    assert horizon.take(revise(2, 1, 4, 0), 2)
    assert (horizon.end, horizon.tick(3), horizon.tick(4)) == (4, ticks(3, 1)[0], None)


def test_what_does_not_fit_is_refused() -> None:
    horizon = Horizon()
    assert horizon.take(revise(1, 0, 0, 4), 0)
    assert not horizon.take(revise(2, 0, 4, 2), 0)  # another base
    assert not horizon.take(revise(2, 1, 0, 9), 1)  # tick 0 has begun
    assert not horizon.take(revise(2, 1, 5, 2), 1)  # tick 4 is missing
    assert (horizon.revision, horizon.end, horizon.tick(1)) == (1, 4, ticks(1, 1)[0])


def test_a_tick_that_was_missing_is_past() -> None:
    horizon = Horizon()
    assert not horizon.begin(0)
    assert horizon.end == 1
    assert horizon.take(revise(1, 0, 1, 2), 1)
    assert horizon.begin(2), "ticks may be skipped"
    assert horizon.tick(1) is None


def test_after_a_restart_nothing_is_held_and_revisions_count_on() -> None:
    horizon = Horizon()
    assert horizon.take(revise(3, 0, 0, 4), 0)
    horizon.restart(20)
    assert (horizon.revision, horizon.end, horizon.tick(1)) == (3, 20, None)
    assert horizon.take(revise(4, 3, 20, 1), 20)


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(-3, 8), st.integers(0, 6), st.booleans()), max_size=40)
)
def test_the_ticks_held_are_always_those_of_the_revisions_taken(
    steps: list[tuple[int, int, int, bool]],
) -> None:
    """Each step is a revision of (base, first tick relative to the next one, length), or a tick that begins."""
    horizon, next_tick, taken = Horizon(), 0, 0
    expected: dict[int, Any] = {}
    for number, (base, offset, count, begins) in enumerate(steps, 1):
        if begins:
            assert horizon.begin(next_tick) == (next_tick in expected)
            next_tick += 1
        else:
            first = max(next_tick + offset, 0)
            end = max([next_tick, *(each + 1 for each in expected)])
            fits = base in (0, taken) and next_tick <= first <= end
            said = revise(number, taken if base == 0 else base, first, count, float(number))
            assert horizon.take(said, next_tick) == fits
            if fits:
                taken = number
                expected = {n: each for n, each in expected.items() if n < first} | {
                    each.tick: each for each in said.ticks
                }
        held = {n: each for n in range(next_tick, next_tick + 60) if (each := horizon.tick(n))}
        assert held == {n: each for n, each in expected.items() if n >= next_tick}
        assert sorted(held) == list(range(next_tick, horizon.end))
