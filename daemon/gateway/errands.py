"""Requests that need files: their steps are taken here, as jobs for workers and as requests to the composer."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from daemon.control.messages import ControlError, Op
from daemon.gateway.steps import Steps
from daemon.gateway.surface import Reply
from daemon.link.gateway import Inner
from daemon.workers.jobs import Job
from daemon.workers.runner import Worker, Workers

_log: Final = logging.getLogger(__name__)

AskComposer = Callable[[Op | Inner, Reply], None]


class _Errand(NamedTuple):
    steps: Steps
    ask: AskComposer
    reply: Reply


class _Work(NamedTuple):
    job: Job[Any]
    worker: Worker[Any]
    errand: _Errand


class Errands:
    """Takes the steps of many requests, each one after the other; nothing here blocks."""

    def __init__(self) -> None:
        self._workers = Workers()
        self._working: list[_Work] = []

    def begin(self, steps: Steps, ask: AskComposer, reply: Reply) -> None:
        """Take `steps`; `ask` sends one to the composer, and `reply` gets the outcome of all."""
        self._take(_Errand(steps, ask, reply), None)

    def filenos(self) -> list[int]:
        """Return the numbers that a poller watches for results of workers."""
        return self._workers.filenos()

    def turn(self) -> None:
        """Take the next steps where workers are done."""
        self._workers.turn()
        working, self._working = self._working, []
        done = [each for each in working if each.worker.done()]
        self._working = [each for each in working if not each.worker.done()]
        for each in done:
            self._take(each.errand, _outcome(each.worker))

    def close(self) -> None:
        """End all workers; nobody gets a reply."""
        self._workers.close()

    def _take(self, errand: _Errand, outcome: Any) -> None:
        """Take the step after the one that had this `outcome`, a ControlError if it failed."""
        try:
            is_error = isinstance(outcome, ControlError)
            wanted = errand.steps.throw(outcome) if is_error else errand.steps.send(outcome)
            if isinstance(wanted, Job):
                self._working.append(_Work(wanted, self._worker(wanted), errand))
            else:
                errand.ask(wanted, partial(self._take, errand))
        except StopIteration as end:
            errand.reply(end.value)
        except ControlError as error:
            errand.reply(error)
        except Exception:  # noqa: BLE001 - a bug in one request must not cost the others theirs
            _log.exception("a request that needs files failed")
            bug = "the request failed because of a bug in edmd; its log has the details"
            errand.reply(ControlError("unavailable", bug))

    def _worker(self, job: Job[Any]) -> Worker[Any]:
        """Return the worker that does the same at this moment, or a new one."""
        same = (each.worker for each in self._working if job.is_shared and each.job == job)
        return next(same, None) or self._workers.run(job)


def _outcome(worker: Worker[Any]) -> Any:
    try:
        return worker.result()
    except ControlError as error:
        return error
