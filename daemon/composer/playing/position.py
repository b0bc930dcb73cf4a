"""The position of the music, from the player's messages: playing or stopped, the tick, the timeline."""

from typing import Any, Final

from daemon.link.timeline import Timeline
from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.operations import PlayedIn, describe
from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, TICKS_PER_BAR, TICKS_PER_BEAT

STOPPED: Final = "stopped"
PLAYING: Final = "playing"


class Position:
    """Follows the messages of the player. `next_tick` is the first tick that has not begun."""

    def __init__(self) -> None:
        self.state = STOPPED
        self.next_tick = self._first_tick = 0
        # The ticks by which a foreign song is ahead of the deck's numbers, whole bars.
        self.song_ticks = 0
        self.leader = "internal"
        # Music that is to play waits until the transport of a foreign clock starts.
        self.awaits_start = False
        self.count_in = 0
        # Ticks begin so much before they are heard.
        self.ahead_seconds = 0.0
        self._timeline: Timeline | None = None

    @property
    def is_playing(self) -> bool:
        """Whether the player plays."""
        return self.state == PLAYING

    def moved(self, state: str, tick: int, count_in: int = 0) -> None:
        """Record that the player began to play at `tick`, after bars of clicks, or stopped there."""
        self.state, self._timeline, self.count_in = state, None, count_in
        self.next_tick = self._first_tick = tick

    def begun(self, tick: int, timeline: Timeline) -> bool:
        """Record that `tick` began on this timeline; return whether it belongs to the music since the last start."""
        self._timeline, self.count_in = timeline, 0
        self.next_tick = max(tick + 1, self.next_tick)
        return tick >= self._first_tick

    def beat_at(self, seconds: float) -> float:
        """Return the beat that is heard at a time of `perf_counter`, never before the first beat."""
        return self._beat_sent(seconds - self.ahead_seconds)

    def pulse_at(self, seconds: float) -> int:
        """Return what is heard at a time, in whole pulses."""
        return round(self.beat_at(seconds) * PULSES_PER_BEAT)

    def pulse_sent(self, seconds: float) -> int:
        """Return what begins in the player's schedule at a time, in whole pulses."""
        return round(self._beat_sent(seconds) * PULSES_PER_BEAT)

    def _beat_sent(self, seconds: float) -> float:
        if not self.is_playing or self._timeline is None:
            return self.next_tick / TICKS_PER_BEAT
        return max(self._timeline.pulse_at(seconds) / PULSES_PER_BEAT, self._first_tick / TICKS_PER_BEAT)

    def timeline_at(self, deck: Deck, seconds: float) -> Timeline | None:
        """Return the timeline at a time, with the tempos of the ticks since the player's last report."""
        timeline = self._timeline
        if timeline is None or not self.is_playing:
            return None
        if self.leader != "internal":  # the ticks' tempos do not act
            return timeline
        tick = self.next_tick
        while (ticked := deck.ticked(tick)) is not None:
            if timeline.seconds_at(tick * PULSES_PER_TICK) > seconds:
                break
            timeline = timeline.retempo(tick * PULSES_PER_TICK, ticked.parameters.tempo)
            tick += 1
        return timeline

    def tell(self, seconds: float, tempo: float) -> dict[str, Any]:
        """Return the value of `transport` in `state`."""
        beat = self.beat_at(seconds) + self.song_ticks / TICKS_PER_BEAT
        return {
            "state": self.state,
            "tick": int(beat * TICKS_PER_BEAT),
            "bar": int(beat / BEATS_PER_BAR),
            "beat": round(beat, 3),
            "tempo": tempo,
            "clock_source": self.leader,
            "count_in": self.count_in,
        }


def when(tick: int) -> dict[str, Any]:
    """Return the fields of a reply that say when a change at `tick` is heard."""
    return {"effective_beat": tick / TICKS_PER_BEAT, "effective_bar": tick // TICKS_PER_BAR}


def coming(state: DeckState) -> list[dict[str, Any]]:
    """Return the pending operations on the music (seed, model, priming, next section, fade) for the message `state`."""
    fade = state.fade
    fading = (
        []
        if fade is None
        else [{"what": "fade", "until_beat": fade.end / TICKS_PER_BEAT, **when(fade.start)}]
    )
    waiting = (each for each in state.waiting if not isinstance(each.operation, PlayedIn))
    return [*fading, *({**describe(each.operation), **when(each.tick)} for each in waiting)]
