"""The playhead of one deck: its time and its schedule. It queues the messages of events before they are due."""

import math
from typing import Final

from daemon.link.timeline import Timeline, round_up
from daemon.player import midi_bytes
from daemon.player.effects import EffectSender
from daemon.player.link import PlayerSettings
from daemon.player.sender import Sender
from daemon.player.timing.clock import Clock
from daemon.player.timing.delay_line import DelayLine, Lane
from daemon.player.timing.schedule import (
    Action,
    BeginTick,
    ClockPulse,
    Cue,
    EndNote,
    EndWritten,
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


_CLOCK: Final = (midi_bytes.CLOCK,)


class Playhead:
    """Carries out each event of `schedule` at its pulse in `time`, except BeginTick, which the caller handles.

    `line` holds back events of voices that have a delay. No note of a voice begins before the pulse in `muted_until`.
    """

    def __init__(self, clock: Clock, sender: Sender, effects: EffectSender, settings: PlayerSettings) -> None:
        self.schedule, self.line = Schedule(), DelayLine()
        self._number = 0  # of the last note-on that was held back
        self._begun: dict[int, list[EndNote]] = {}  # the ends of those that have been sent
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
        return min(self._scheduled_seconds(), self.line.next_seconds())

    def next_note_seconds(self) -> float:
        """Return the time of the next scheduled note, in seconds of the clock; infinity if there is none."""
        pulse = self.schedule.next_note()
        scheduled = math.inf if pulse is None else self.time.timeline.seconds_at(pulse)
        return min(scheduled, self.line.next_seconds())

    def next_tick(self) -> int | None:
        """Return the tick that begins, if that is the next event; else None."""
        if not self.schedule or self.line.next_seconds() <= self._scheduled_seconds():
            return None
        first = self.schedule.first()
        return first.tick if isinstance(first, BeginTick) else None

    def now_pulse(self) -> int:
        """Return the first pulse that is not past."""
        return self.pulse_in(0.0)

    def pulse_in(self, seconds: float) -> int:
        """Return the first pulse that is at least `seconds` from now."""
        return math.ceil(self.time.timeline.pulse_at(self._clock.now() + seconds))

    def prepare(self) -> None:
        """Queue the messages of the next event, and of all others at its time before BeginTick."""
        self._ready_due = self.next_seconds()
        if self.line.next_seconds() <= self._scheduled_seconds():
            while self.line.next_seconds() <= self._ready_due:
                self._do(self.line.pop())
            return
        pulse = self.schedule.next_pulse()
        while self.schedule.next_pulse() == pulse and not isinstance(self.schedule.first(), BeginTick):
            self._take(self.schedule.pop())

    def send_ready(self) -> None:
        """Send the queued messages."""
        self._sender.flush(self._ready_due)

    def clear(self) -> None:
        """Remove all events, also those that are held back."""
        self.schedule.clear()
        self.line.clear()
        self._begun.clear()

    def restart(self, clock_pulse: int) -> None:
        """Remove all events; the MIDI clock continues at `clock_pulse`."""
        self.clear()
        self.add_clock(clock_pulse)

    def add_clock(self, pulse: int) -> None:
        """Schedule the next MIDI clock."""
        self.next_clock = pulse
        self.schedule.add(pulse, ClockPulse())

    def broadcast(self, *messages: bytes) -> None:
        """Queue messages of the MIDI clock for every open port, unless the clock is not sent."""
        if self._sends_clock:
            self._sender.broadcast(*messages, but=self.time.port)

    def _scheduled_seconds(self) -> float:
        return self.time.timeline.seconds_at(self.schedule.next_pulse()) if self.schedule else math.inf

    def _take(self, event: Event) -> None:
        """Do an event whose pulse has come, or hold it back for the delay of its lane."""
        action = event.action
        if isinstance(action, ClockPulse):
            self._do_clock(event)
            return
        lane = self._lane_of(action)
        if lane is None or self.line.passes(lane):
            self._do(event)
            return
        if isinstance(action, StartNote):
            self._number += 1
            action = StartNote(action.note, self._number)
            end = event.pulse + max(action.note.length, 1)
            self.schedule.add(end, EndWritten(action.note.voice, self._number))
        self._hold(lane, event._replace(action=action))

    def _hold(self, lane: Lane, event: Event) -> None:
        self.line.add(self._ready_due + self.line.seconds(lane), lane, event)

    def _lane_of(self, action: Action) -> Lane | None:
        match action:
            case StartNote(note):
                return note.voice
            case Release(voice) | EndWritten(voice):
                return voice
            case EndNote():
                return self._sender.voice_of(action)
            case SetEffects():
                return "effects"
            case Cue():
                return "clock"
            case _:
                return None

    def _do(self, event: Event) -> None:
        stale = self._clock.now() - self._ready_due > STALE_SECONDS
        match event.action:
            case StartNote(note) if not stale and event.pulse >= self.muted_until.get(
                note.voice, event.pulse
            ):
                self._start(event.action, event.pulse)
            case EndNote() as end:
                self._sender.end(end, event.pulse)
            case EndWritten(_, number):
                for end in self._begun.pop(number, ()):
                    self._sender.end(end, event.pulse)
            case SetTempo(tempo):
                self.time.change_tempo(event.pulse, tempo)
            case Release(voice):
                self._sender.release((voice,), event.pulse)
            case SetEffects(effects) if not stale:
                self._effects.apply(effects, event.pulse, self.muted_until)
            case Cue(messages) if not (stale and messages == _CLOCK):
                self.broadcast(*messages)
            case _:
                pass

    def _start(self, action: StartNote, pulse: int) -> None:
        ends = self._sender.start(action.note, pulse)
        if action.number:  # its EndWritten is scheduled already
            self._begun[action.number] = ends
            return
        for end in ends:
            self.schedule.add(pulse + max(action.note.length, 1), end)

    def _do_clock(self, event: Event) -> None:
        following = event.pulse + self._wake_pulses
        held_seconds = self.line.seconds("clock")
        if self._clock.now() - self._ready_due - held_seconds > STALE_SECONDS:
            following = max(following, round_up(self.now_pulse(), PULSES_PER_CLOCK))
        elif self.line.passes("clock"):
            self.broadcast(midi_bytes.CLOCK)
        else:
            self._hold("clock", event._replace(action=Cue(_CLOCK)))
        self.add_clock(following)
