"""The driver: one batch for the rows of a session, and each error inside the computation that it belongs to."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from daemon.music.ensemble.drive import Failure, drive, run
from daemon.music.systems.system import Ask, Steps
from models.session import Row
from tests.daemon.music.fakes import FakeSession, Numbers, State


def add(state: State, feeds: Numbers) -> float:
    """Return the sum of all that a row was given."""
    state[0] += feeds["add"][0]
    return float(state[0])


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(add)


def ask(row: Row, number: float) -> Ask:
    return Ask(row, {"add": np.array([number])})


def sums(row: Row, *numbers: float) -> Steps[list[float]]:
    """Ask for a step with each number; return all outputs, each read as soon as it comes."""
    found = []
    for number in numbers:
        outputs = yield ask(row, number)
        found.append(float(outputs["out"][0]))
    return found


def index(row: Row) -> int:
    return row.index


def break_row(session: FakeSession, row: Row) -> None:
    session.broken.add(index(row))


def results(found: dict[Any, Any]) -> dict[Any, Any]:
    return {key: str(each.error) if isinstance(each, Failure) else each for key, each in found.items()}


def test_rows_of_a_session_that_are_asked_for_together_are_one_batch(session: FakeSession) -> None:
    rows = [session.row() for _ in range(3)]
    found = drive(
        {name: sums(row, *numbers) for name, row, numbers in zip("abc", rows, _NUMBERS, strict=True)}
    )
    assert found == {"a": [1.0, 3.0], "b": [10.0, 30.0], "c": [100.0, 300.0]}
    assert session.batches == [(0, 1, 2), (0, 1, 2)]


_NUMBERS = ((1.0, 2.0), (10.0, 20.0), (100.0, 200.0))


def test_the_order_of_the_computations_does_not_matter(session: FakeSession) -> None:
    rows = [session.row() for _ in range(3)]
    pairs = [*zip("abc", rows, _NUMBERS, strict=True)]
    found = drive({name: sums(row, *numbers) for name, row, numbers in reversed(pairs)})
    assert found == {"a": [1.0, 3.0], "b": [10.0, 30.0], "c": [100.0, 300.0]}
    assert session.batches == [(2, 1, 0), (2, 1, 0)]


def test_a_computation_may_ask_for_more_steps_than_others_or_for_none(session: FakeSession) -> None:
    one, many, rest = session.row(), session.row(), session.row()
    found = drive({"none": sums(rest), "one": sums(one, 5), "many": sums(many, 1, 1, 1, 1)})
    assert found == {"none": [], "one": [5.0], "many": [1.0, 2.0, 3.0, 4.0]}
    assert session.batches == [(index(one), index(many)), *[(index(many),)] * 3]
    assert drive(cast("dict[str, Steps[int]]", {})) == {}


def test_a_computation_may_ask_several_sessions(session: FakeSession) -> None:
    other = FakeSession(add)

    def both(first: Row, second: Row) -> Steps[list[float]]:
        found = yield from sums(first, 1)
        found += yield from sums(second, 10)
        return found + (yield from sums(first, 2))

    mine, yours = (session.row(), other.row()), (session.row(), other.row())
    assert drive({"a": both(*mine), "b": both(*yours)}) == {key: [1.0, 10.0, 3.0] for key in "ab"}
    assert (session.batches, other.batches) == ([(0, 1), (0, 1)], [(0, 1)])


def test_computations_that_ask_different_sessions_at_a_time_meet_at_the_next_one(
    session: FakeSession,
) -> None:
    """One asks for a session and then for another one, the other the other way round."""
    other = FakeSession(add)

    def one_after_the_other(*rows: Row) -> Steps[list[float]]:
        found = []
        for row in rows:
            found += yield from sums(row, 1)
        return found

    mine, yours = (session.row(), other.row()), (other.row(), session.row())
    assert drive({1: one_after_the_other(*mine), 2: one_after_the_other(*yours)}) == {
        1: [1.0, 1.0],
        2: [1.0, 1.0],
    }
    assert sorted(row for batch in session.batches for row in batch) == [0, 1]


def test_only_the_computation_of_a_row_that_fails_gets_its_error(session: FakeSession) -> None:
    rows = [session.row() for _ in range(3)]
    break_row(session, rows[1])
    found = drive(
        {name: sums(row, *numbers) for name, row, numbers in zip("abc", rows, _NUMBERS, strict=True)}
    )
    assert results(found) == {"a": [1.0, 3.0], "b": "row 1 is broken", "c": [100.0, 300.0]}
    assert session.batches == [(0, 1, 2), (0,), (1,), (2,), (0, 2)]


def test_an_error_is_raised_inside_its_computation_which_may_go_on(session: FakeSession) -> None:
    other = FakeSession(add)
    broken, spare, well = session.row(), other.row(), session.row()
    break_row(session, broken)

    def careful() -> Steps[list[float]]:
        with pytest.raises(RuntimeError, match="row 0 is broken"):
            yield from sums(broken, 1)
        return (yield from sums(spare, 7, 7))

    assert drive({"a": careful(), "b": sums(well, 1, 2)}) == {"a": [7.0, 14.0], "b": [1.0, 3.0]}


def test_all_rows_may_fail(session: FakeSession) -> None:
    rows = [session.row() for _ in range(2)]
    for row in rows:
        break_row(session, row)
    found = drive({"a": sums(rows[0], 1), "b": sums(rows[1], 1)})
    assert results(found) == {"a": "row 0 is broken", "b": "row 1 is broken"}
    assert session.batches == [(0, 1), (0,), (1,)]


@pytest.mark.parametrize("steps_before", [0, 1, 2])
def test_a_computation_that_raises_is_a_failure_and_the_others_return(
    steps_before: int, session: FakeSession
) -> None:
    def fails(row: Row) -> Steps[list[float]]:
        yield from sums(row, *[1.0] * steps_before)
        raise ValueError("a bug")

    rows = [session.row() for _ in range(2)]
    found = drive({"a": fails(rows[0]), "b": sums(rows[1], 1, 2)})
    assert results(found) == {"a": "a bug", "b": [1.0, 3.0]}
    assert isinstance(found["a"], Failure)
    assert isinstance(found["a"].error, ValueError)


def test_outputs_are_those_of_the_own_step_however_many_rows_come_and_go(session: FakeSession) -> None:
    """The rows of a batch lie in one buffer; a row's place in it changes whenever another computation ends."""
    rows = [session.row() for _ in range(5)]
    numbers = [[float(10**place)] * length for place, length in enumerate((1, 5, 2, 4, 3))]
    found = drive({place: sums(row, *numbers[place]) for place, row in enumerate(rows)})
    expected = {place: [*np.cumsum(each).tolist()] for place, each in enumerate(numbers)}
    assert found == expected


def test_outputs_of_rows_that_ran_alone_after_a_failure_are_not_mixed_up(session: FakeSession) -> None:
    """All of them run before the first computation reads its outputs."""
    rows = [session.row() for _ in range(4)]
    break_row(session, rows[3])
    found = drive({place: sums(row, 10.0**place) for place, row in enumerate(rows)})
    assert results(found) == {0: [1.0], 1: [10.0], 2: [100.0], 3: "row 3 is broken"}


def test_one_computation_runs_by_itself_and_raises_its_error(session: FakeSession) -> None:
    row = session.row()
    assert run(sums(row, 1, 2)) == [1.0, 3.0]
    break_row(session, row)
    with pytest.raises(RuntimeError, match="row 0 is broken"):
        run(sums(row, 1))
    assert session.batches == [(0,), (0,), (0,)], "a step that runs alone and fails is not repeated"


def test_what_is_no_error_of_a_computation_ends_the_driver(session: FakeSession) -> None:
    """An interrupt is for the whole process."""

    def interrupted() -> Steps[list[float]]:
        yield ask(session.row(), 1)
        raise KeyboardInterrupt

    computations: list[Callable[[], Steps[list[float]]]] = [interrupted, lambda: sums(session.row(), 1)]
    with pytest.raises(KeyboardInterrupt):
        drive({number: make() for number, make in enumerate(computations)})
