"""A peer of an Ableton Link session. Only this file uses the binding of Link, which is optional: Link is under the GPL.

Link works in threads of its own, in this process and not in the player, which gets only what has changed. Link's clock is
not that of Python and drifts against it, so their difference is measured each time the session is looked at.
"""

import math
import time
from collections.abc import Callable
from typing import Any, Final

from daemon.link.inputs import ChangeSession, JoinSession, SessionState
from daemon.link.timeline import Timeline
from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT

# A peer that is enabled as soon as it exists sometimes gives its tempo to the session that it joins (Ableton/link#146).
_SILENT_SECONDS: Final = 0.6
# Others are found within this time; until then nothing is told, so that music does not begin on a beat of our own.
_SEARCH_SECONDS: Final = 1.0
_TELL_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.01
_SAME_SECONDS: Final = 0.0001
_READINGS: Final = 3


class Session:
    """A session joined at a time `now` of `time.perf_counter`. Raises ImportError without the binding."""

    def __init__(self, order: JoinSession, now: float) -> None:
        from link import Link  # noqa: PLC0415 - optional

        self._peer = Link(order.timeline.tempo)
        self._peer.startStopSyncEnabled = self._syncs_start = order.syncs_start
        self._enable_seconds, self._next_look = now + _SILENT_SECONDS, now
        self._told: SessionState | None = None
        beat = order.timeline.pulse_at(now) / PULSES_PER_BEAT
        self._commit(lambda state: state.forceBeatAtTime(beat, self._micros(now), BEATS_PER_BAR))

    def leave(self) -> None:
        """Leave the session."""
        self._peer.enabled = False

    def forget(self) -> None:
        """Tell the state again, because another player asks for it."""
        self._told = None

    def change(self, order: ChangeSession, now: float) -> None:
        """Change the tempo of the session, or start or stop it."""
        if (tempo := order.tempo) is not None:
            self._commit(lambda state: state.setTempo(tempo, self._micros(now)))
        if (is_playing := order.is_playing) is not None:
            self._commit(lambda state: state.setIsPlaying(is_playing, self._micros(order.seconds)))

    def look(self, now: float) -> SessionState | None:
        """Return the state if it has changed, and once a second; this takes some microseconds."""
        if now < self._next_look:
            return None
        self._next_look = now + _LOOK_SECONDS
        if not self._peer.enabled:
            self._peer.enabled = now >= self._enable_seconds
            return None
        is_found = self._peer.numPeers() > 0 or now >= self._enable_seconds + _SEARCH_SECONDS
        if not is_found and self._told is None:
            return None
        state = self._state(now)
        if self._told is not None and not _differ(self._told, state):
            return None
        self._told = state
        return state

    def _state(self, now: float) -> SessionState:
        state, ahead = self._peer.captureAppSessionState(), self._ahead_seconds()
        beat = math.floor(state.beatAtTime(round((now - ahead) * 1e6), BEATS_PER_BAR))
        begins = state.timeAtBeat(beat, BEATS_PER_BAR) / 1e6 + ahead
        timeline = Timeline(beat * PULSES_PER_BEAT, begins, state.tempo())
        peers = self._peer.numPeers()
        if not self._syncs_start:
            return SessionState(now, timeline, peers)
        since = state.timeForIsPlaying() / 1e6 + ahead
        return SessionState(now, timeline, peers, state.isPlaying(), since)

    def _commit(self, change: Callable[[Any], None]) -> None:
        state = self._peer.captureAppSessionState()
        change(state)
        self._peer.commitAppSessionState(state)

    def _micros(self, seconds: float) -> int:
        return round((seconds - self._ahead_seconds()) * 1e6)

    def _ahead_seconds(self) -> float:
        """Return by how much Python's clock is ahead of Link's: the quickest of some readings, which is the best."""
        clock, best, ahead = self._peer.clock(), math.inf, 0.0
        for _ in range(_READINGS):
            before = time.perf_counter()
            micros = clock.micros()
            after = time.perf_counter()
            if after - before < best:
                best, ahead = after - before, (before + after) / 2 - micros / 1e6
        return ahead


def _differ(told: SessionState, state: SessionState) -> bool:
    pulse = state.timeline.origin_pulse
    shift = state.timeline.origin_seconds - told.timeline.seconds_at(pulse)
    return (
        abs(shift) > _SAME_SECONDS
        or state.timeline.tempo != told.timeline.tempo
        or state.peers != told.peers
        or state.is_playing != told.is_playing
        or state.seconds - told.seconds > _TELL_SECONDS
    )
