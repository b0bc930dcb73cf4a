"""The playhead of one deck: its time and its schedule. It queues the messages of events before they are due."""

import math
from typing import Final

from daemon.link.timeline import Timeline, round_up
from daemon.player import midi_bytes
from daemon.player.effects import EffectSender
from daemon.player.link import PlayerSettings
from daemon.player.sender import Sender
from daemon.player.timing.clock import Clock
from daemon.player.timing.schedule import (
    BeginTick,
    ClockPulse,
    Cue,
    EndNote,
    Event,
    Release,
    Schedule,
    SetEffects,
    SetTempo,
    StartNote,
)
from daemon.player.timing.sources import InternalTime, TimeSource
from models.notes import PULSES_PER_CLOCK, PULSES_PER_TICK, Voice

STALE_SECONDS: Final = 0.1
"""Note-ons and clocks that are later than this are dropped, so that no burst follows a stall."""


class Playhead:
    """Carries out each event of `schedule` at its pulse in `time`, except BeginTick, which the caller handles.

    No note of a voice begins before the pulse in `muted_until`.
    """

    def __init__(self, clock: Clock, sender: Sender, effects: EffectSender, settings: PlayerSettings) -> None:
        self.schedule = Schedule()
        self.time: TimeSource = InternalTime(Timeline(0, clock.now(), settings.tempo))
        self.muted_until: dict[Voice, int] = {}
        self.next_clock = 0
        self._clock, self._sender, self._effects = clock, sender, effects
        self._sends_clock = settings.midi_clock
        # If no MIDI clock is sent, waking up once a tick is enough.
        self._wake_pulses = PULSES_PER_CLOCK if settings.midi_clock else PULSES_PER_TICK
        self._ready_due = 0.0

    def next_seconds(self) -> float:
        """Return the time of the next event, in seconds of the clock; infinity if there is none."""
        return self.time.timeline.seconds_at(self.schedule.next_pulse()) if self.schedule else math.inf

    def next_note_seconds(self) -> float:
        """Return the time of the next scheduled note, in seconds of the clock; infinity if there is none."""
        pulse = self.schedule.next_note()
        return math.inf if pulse is None else self.time.timeline.seconds_at(pulse)

    def now_pulse(self) -> int:
        """Return the first pulse that is not past."""
        return self.pulse_in(0.0)

    def pulse_in(self, seconds: float) -> int:
        """Return the first pulse that is at least `seconds` from now."""
        return math.ceil(self.time.timeline.pulse_at(self._clock.now() + seconds))

    def prepare(self) -> None:
        """Queue the messages of the next event, and of all others at its pulse before BeginTick."""
        pulse = self.schedule.next_pulse()
        self._ready_due = self.time.timeline.seconds_at(pulse)
        while self.schedule.next_pulse() == pulse and not isinstance(self.schedule.first(), BeginTick):
            self._do(self.schedule.pop())

    def send_ready(self) -> None:
        """Send the queued messages."""
        self._sender.flush(self._ready_due)

    def restart(self, clock_pulse: int) -> None:
        """Remove all events; the MIDI clock continues at `clock_pulse`."""
        self.schedule.clear()
        self.add_clock(clock_pulse)

    def add_clock(self, pulse: int) -> None:
        """Schedule the next MIDI clock."""
        self.next_clock = pulse
        self.schedule.add(pulse, ClockPulse())

    def broadcast(self, *messages: bytes) -> None:
        """Queue messages of the MIDI clock for every open port, unless the clock is not sent."""
        if self._sends_clock:
            self._sender.broadcast(*messages, but=self.time.port)

    def _do(self, event: Event) -> None:
        stale = self._clock.now() - self._ready_due > STALE_SECONDS
        match event.action:
            case StartNote(note) if not stale and event.pulse >= self.muted_until.get(
                note.voice, event.pulse
            ):
                for end in self._sender.start(note, event.pulse):
                    self.schedule.add(event.pulse + max(note.length, 1), end)
            case EndNote() as end:
                self._sender.end(end, event.pulse)
            case ClockPulse():
                self._do_clock(event.pulse, stale)
            case SetTempo(tempo):
                self.time.change_tempo(event.pulse, tempo)
            case Release(voice):
                self._sender.release((voice,), event.pulse)
            case SetEffects(effects) if not stale:
                self._effects.apply(effects, event.pulse, self.muted_until)
            case Cue(messages):
                self.broadcast(*messages)
            case _:
                pass

    def _do_clock(self, pulse: int, stale: bool) -> None:
        following = pulse + self._wake_pulses
        if stale:
            following = max(following, round_up(self.now_pulse(), PULSES_PER_CLOCK))
        else:
            self.broadcast(midi_bytes.CLOCK)
        self.add_clock(following)
