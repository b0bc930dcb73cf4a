"""The position of the music, from the player's messages: playing or stopped, the tick, the timeline."""

from typing import Any, Final

from daemon.music.composition import Composition
from daemon.player.timeline import Timeline
from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, TICKS_PER_BAR, TICKS_PER_BEAT

STOPPED: Final = "stopped"
PLAYING: Final = "playing"


class Position:
    """Follows the messages of the player. `next_tick` is the first tick that has not begun."""

    def __init__(self) -> None:
        self.state = STOPPED
        self.next_tick = self._first_tick = 0
        self._timeline: Timeline | None = None

    @property
    def is_playing(self) -> bool:
        """Whether ticks begin."""
        return self.state == PLAYING

    def moved(self, state: str, tick: int) -> None:
        """Note that the player began to play at `tick`, or stopped there."""
        self.state, self._timeline = state, None
        self.next_tick = self._first_tick = tick

    def begun(self, tick: int, timeline: Timeline) -> bool:
        """Note that a tick begins now, on this timeline. Return whether it was played since the last start."""
        self._timeline = timeline
        self.next_tick = max(tick + 1, self.next_tick)
        return tick >= self._first_tick

    def beat_at(self, seconds: float) -> float:
        """Return the position in beats at a moment of `perf_counter`, never before the beat it started from."""
        if not self.is_playing or self._timeline is None:
            return self.next_tick / TICKS_PER_BEAT
        return max(self._timeline.pulse_at(seconds) / PULSES_PER_BEAT, self._first_tick / TICKS_PER_BEAT)

    def pulse_at(self, seconds: float) -> int:
        """Return the position in pulses at a moment of `perf_counter`."""
        return round(self.beat_at(seconds) * PULSES_PER_BEAT)

    def timeline_after(self, composition: Composition) -> Timeline | None:
        """Return the timeline with the tempos of the ticks composed ahead, as the player would apply them."""
        timeline = self._timeline
        if timeline is None or not self.is_playing:
            return None
        for tick in range(self.next_tick, composition.next_tick):
            ticked = composition.kept(tick)
            if ticked is not None:
                timeline = timeline.retempo(tick * PULSES_PER_TICK, ticked.parameters.tempo)
        return timeline

    def tell(self, seconds: float, tempo: float) -> dict[str, Any]:
        """Return the value of `transport` in `state`."""
        beat = self.beat_at(seconds)
        return {
            "state": self.state,
            "tick": int(beat * TICKS_PER_BEAT),
            "bar": int(beat / BEATS_PER_BAR),
            "beat": round(beat, 3),
            "tempo": tempo,
            "clock_source": "internal",
        }


def when(tick: int) -> dict[str, Any]:
    """Return when something is heard, as replies give it."""
    return {"effective_beat": tick / TICKS_PER_BEAT, "effective_bar": tick // TICKS_PER_BAR}


def coming(composition: Composition) -> list[dict[str, Any]]:
    """Return what is scheduled for the engine, as `state` gives it: another seed, another model, heard music."""
    return [
        {
            "what": due.kind,
            **({} if due.seed is None else {"seed": due.seed}),
            **({} if due.bundle is None else {"model": due.bundle.loaded_as}),
            **when(due.tick),
        }
        for due in composition.due
    ]
