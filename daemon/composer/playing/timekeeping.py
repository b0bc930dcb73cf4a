"""What leads the time of all decks, as the player says it, and changes of that."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from daemon.control.messages import Clock, ControlError
from daemon.interpreter import what_link_needs
from daemon.link.player import ClockState, Inherit, SetClock, ToPlayer
from models.notes import VOICES

# Nudges that come in a row would otherwise add up to a long silence.
_MOST_NUDGED_MS: Final = 1000.0
_NUDGES_SECONDS: Final = 10.0


class Timekeeping:
    """`state` is what the player said last. A new player is told what clients have chosen since the start.

    A composer that replaces another one learns that from the player.
    """

    def __init__(self, send: Callable[[ToPlayer], None], now: Callable[[], float] = time.monotonic) -> None:
        self.state = ClockState("internal", "internal", True, None, 0.0, 0.0)
        self._send, self._now = send, now
        self._nudges: list[tuple[float, float]] = []  # their times and ms
        self._chosen = SetClock()
        self._has_heard = self._awaits_heir = False

    @property
    def tempo(self) -> float | None:
        """The tempo of the foreign clock that leads, in BPM; None if the parameter `tempo` acts."""
        state = self.state
        if state.leader == "internal" or (state.leader == "link" and not state.is_locked):
            return None
        return state.tempo or None

    def hear(self, state: ClockState, *, is_known: bool) -> bool:
        """Note what the player says; `is_known`: it has played before this composer came. Return whether clients see it.

        Until a new player has inherited the time, what it says of it is not true yet.
        """
        if self._awaits_heir and not state.is_heir:
            return False
        self._awaits_heir = False
        if is_known:
            chosen = self._chosen
            offset_ms = state.offset_ms if chosen.offset_ms is None else chosen.offset_ms
            delays = {**state.delays, **(chosen.delays or {})}
            self._chosen = SetClock(chosen.source or state.source, offset_ms, delays=delays)
        before, self.state = self.state, state
        is_same = self._has_heard and replace(state, song=before.song) == before
        self._has_heard = True
        return not is_same

    def succeed(self) -> None:
        """Tell a new player what was chosen, and what the one before said of the time."""
        if self._chosen != SetClock():
            self._send(self._chosen)
        if self._has_heard:
            self._awaits_heir = True
            self._send(Inherit(self.state))

    def handle(self, op: Clock) -> Mapping[str, Any]:
        """Carry out the op `clock`; return what leads. Raises ControlError if Link is missing, or nudges add up too far."""
        match op.action:
            case "source":
                if op.source == "link" and (missing := what_link_needs()):
                    raise ControlError("unavailable", missing, "source")
                self._choose(replace(self._chosen, source=op.source))
            case "offset":
                self._choose(replace(self._chosen, offset_ms=op.ms))
            case "delay" if op.voice is not None:
                delays = {**(self._chosen.delays or {}), op.voice: op.ms or 0.0}
                self._choose(replace(self._chosen, delays=delays))
            case "nudge":
                self._nudge(op.ms or 0.0)
            case _:
                pass
        return self.describe()

    def _nudge(self, ms: float) -> None:
        now = self._now()
        self._nudges = [each for each in self._nudges if now - each[0] < _NUDGES_SECONDS]
        if abs(sum(each[1] for each in self._nudges) + ms) > _MOST_NUDGED_MS:
            raise ControlError(
                "out_of_range",
                f"nudges of {_NUDGES_SECONDS:g} seconds together move the music by at most {_MOST_NUDGED_MS:g} ms; "
                "wait, or use the offset",
                "ms",
            )
        self._nudges.append((now, ms))
        self._send(SetClock(nudge_ms=ms))

    def change_session(self, tempo: float) -> None:
        """Give a Link session another tempo, in BPM."""
        self._send(SetClock(tempo=tempo))

    def _choose(self, chosen: SetClock) -> None:
        self._chosen = chosen
        self._send(chosen)

    def describe(self) -> dict[str, Any]:
        """Return the value of `clock` in `state`: what was chosen, and what the player said last."""
        state, chosen = self.state, self._chosen
        return {
            "source": chosen.source or state.source,
            "leader": state.leader,
            "locked": state.is_locked,
            "runs": state.runs,
            "peers": state.peers,
            "tempo": self.tempo,
            "delays": {**dict.fromkeys(VOICES, 0.0), **state.delays, **(chosen.delays or {})},
            "nudged": state.nudged_ms,
            "offset": state.offset_ms if chosen.offset_ms is None else chosen.offset_ms,
        }
