"""A reply that comes later, because workers have something to do for it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from daemon.control.messages import Op
from daemon.link.gateway import Inner
from daemon.workers.jobs import Job
from daemon.workers.runner import Worker, Workers
from daemon.workers.steps import Steps

Reply = Mapping[str, Any]


class Errand:
    """Takes the steps of a request: jobs by `workers`, everything else by `carry_out`."""

    def __init__(self, steps: Steps, workers: Workers, carry_out: Callable[[Op | Inner], Reply]) -> None:
        self._steps, self._workers, self._carry_out = steps, workers, carry_out
        self._worker: Worker[Any] | None = None
        self._outcome: Reply | Exception | None = None
        self._go_on(lambda: None)

    def done(self) -> bool:
        """Return whether the reply, or an error, is there."""
        while self._outcome is None and self._worker is not None and self._worker.done():
            self._go_on(self._worker.result)
        return self._outcome is not None

    def result(self) -> Reply:
        """Return the reply. ControlError or ParameterError when the request is refused."""
        assert self._outcome is not None  # noqa: S101 - the caller asked `done`
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    def _go_on(self, step: Callable[[], Any]) -> None:
        """Take steps, from the result of `step` on, until there is a worker to wait for or the reply is there."""
        try:
            while True:
                wanted = self._after(step)
                if isinstance(wanted, Job):
                    self._worker = self._workers.run(wanted)
                    return
                step = partial(self._carry_out, wanted)
        except StopIteration as end:
            self._outcome = end.value
        except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
            self._outcome = error

    def _after(self, step: Callable[[], Any]) -> Job[Any] | Op | Inner:
        try:
            result = step()
        except Exception as error:  # noqa: BLE001 - the steps may mend it
            return self._steps.throw(error)
        return self._steps.send(result)
