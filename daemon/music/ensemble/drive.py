"""The driver: runs the steps that systems request, as one batch for all decks that share a session."""

from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeVar

from daemon.music.systems.system import Ask, Outputs, Steps
from models.session import StepSession

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Failure(NamedTuple):
    """The computation of one deck ended with an error; the others continued."""

    error: Exception


def run(steps: Steps[T]) -> T:
    """Return the result of one computation. Raises its error."""
    result = drive({None: steps})[None]
    if isinstance(result, Failure):
        raise result.error
    return result


def drive(steps: Mapping[K, Steps[T]]) -> dict[K, T | Failure]:
    """Return the result of each computation, or its failure.

    Requests for the same session that come at the same time run as one batch. If a batch fails, each of its rows runs
    alone; an error is raised only inside the computation whose row failed.
    """
    results: dict[K, T | Failure] = {}
    asked: dict[K, Ask] = {}
    for key in steps:
        _advance(steps, key, None, asked, results)
    while asked:
        if len(asked) == 1:  # the usual case: one deck
            key, ask = asked.popitem()
            _advance(steps, key, _alone(ask), asked, results)
            continue
        for session in {ask.row.session: None for ask in asked.values()}:
            batch = {key: ask for key, ask in asked.items() if ask.row.session is session}
            outputs = _outputs(session, batch)
            for key in batch:
                del asked[key]
            # All outputs are read before the next step of this session: a computation that asks again waits.
            again: dict[K, Ask] = {}
            for key in batch:
                _advance(steps, key, outputs[key], again, results)
            asked |= again
    return results


def _outputs(session: StepSession, batch: Mapping[K, Ask]) -> Mapping[K, Outputs | Exception]:
    try:
        rows = session.step({ask.row.index: ask.feeds for ask in batch.values()})
        return {key: rows[ask.row.index] for key, ask in batch.items()}
    except Exception:  # noqa: BLE001 - ONNX Runtime may raise any exception
        return {key: _copied(_alone(ask)) for key, ask in batch.items()}


def _alone(ask: Ask) -> Outputs | Exception:
    row = ask.row
    try:
        return row.session.step({row.index: ask.feeds})[row.index]
    except Exception as error:  # noqa: BLE001 - ONNX Runtime may raise any exception
        return error


def _copied(answer: Outputs | Exception) -> Outputs | Exception:
    """Return a copy of outputs, because the next row's step overwrites them."""
    if isinstance(answer, Exception):
        return answer
    return {name: array.copy() for name, array in answer.items()}


def _advance(
    steps: Mapping[K, Steps[T]],
    key: K,
    answer: Outputs | Exception | None,
    asked: dict[K, Ask],
    results: dict[K, T | Failure],
) -> None:
    """Continue one computation with an answer (None at its beginning), and store its next request or its result."""
    each = steps[key]
    try:
        if answer is None:
            asked[key] = next(each)
        elif isinstance(answer, Exception):
            asked[key] = each.throw(answer)
        else:
            asked[key] = each.send(answer)
    except StopIteration as end:
        results[key] = end.value
    except Exception as error:  # noqa: BLE001 - a failure must not stop other decks
        results[key] = Failure(error)
