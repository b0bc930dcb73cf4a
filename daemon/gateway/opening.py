"""Opening hours as a surface: what the clock on the wall says, as operations on the first deck."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from daemon.control.messages import ControlError, Fade, Op, Scene, State, Transport
from daemon.gateway.surface import Ask, Outcome
from daemon.schedule import Hours, next_change, open_at
from models.notes import MAIN

_LOOK_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 10.0
_log: Final = logging.getLogger(__name__)


class Opening:
    """Plays, loads scenes, fades out and stops as the schedule says.

    It acts when what is open changes, so whoever plays or stops by hand in between is left alone; and at its beginning, if
    the transport is not as it should be. After a suspension or a step of the clock only the present counts.
    """

    readers: tuple[()] = ()

    def __init__(
        self, schedule: Sequence[Hours], clock: Callable[[], datetime] = lambda: datetime.now().astimezone()
    ) -> None:
        self._schedule, self._clock = schedule, clock
        self._present: Hours | None = None
        self._is_known = False  # whether what is open was compared with what plays
        self._not_before = 0.0

    def serve(self, _ask: Ask) -> bool:
        """Do nothing: there is nothing to read."""
        return False

    def turn(self, ask: Ask, now: float) -> float:
        """Act if what is open has changed."""
        wanted = open_at(self._schedule, self._clock())
        if not self._is_known:
            if now >= self._not_before:
                self._not_before = now + _AGAIN_SECONDS
                _send(ask, State(), partial(self._compare, ask, wanted))
        elif wanted != self._present:
            self._tell(wanted)
            self._act(ask, self._present, wanted)
        self._present = wanted
        return _LOOK_SECONDS

    def publish(self, topic: str, body: Mapping[str, Any]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def _compare(self, ask: Ask, wanted: Hours | None, outcome: Outcome) -> None:
        """At the beginning, act only if music plays that should not, or the other way round."""
        if isinstance(outcome, ControlError) or self._is_known:
            return  # the composer does not answer yet
        self._is_known = True
        self._tell(wanted)
        is_playing = outcome["transport"]["state"] == "playing"
        if wanted is None and is_playing:
            _send(ask, Transport("stop"))
        elif wanted is not None and not is_playing:
            self._act(ask, None, wanted)

    def _act(self, ask: Ask, before: Hours | None, wanted: Hours | None) -> None:
        play = Transport("play") if before is None else None
        if wanted is None:
            _send(ask, Fade(over=before.fade if before else 1.0))
        elif wanted.scene:
            scene = Scene("load", wanted.scene, at="bar" if before else "now")
            _send(ask, scene, partial(_and_then, ask, play))
        elif play is not None:
            _send(ask, play)

    def _tell(self, wanted: Hours | None) -> None:
        what = (
            "closed" if wanted is None else f"open{f' with the scene {wanted.scene}' if wanted.scene else ''}"
        )
        change = next_change(self._schedule, self._clock())
        _log.info("opening hours: %s%s", what, f", until {change:%a %H:%M}" if change else "")


def _and_then(ask: Ask, play: Transport | None, outcome: Outcome) -> None:
    """Play even if the scene could not be loaded."""
    _warn(outcome)
    if play is not None:
        _send(ask, play)


def _warn(outcome: Outcome) -> None:
    if isinstance(outcome, ControlError):
        _log.warning("opening hours: %s", outcome.message)


def _send(ask: Ask, op: Op, reply: Callable[[Outcome], None] = _warn) -> None:
    ask(op, "schedule", "schedule", reply, MAIN)
