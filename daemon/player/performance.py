"""The performance: the time of each pulse, the due events, and the effects of play, stop and new ticks."""

import math
from collections.abc import Collection, Sequence
from typing import Final

from daemon.link.player import (
    Attached,
    Began,
    Moved,
    Refused,
    Revise,
    Taken,
    TakeOver,
    Underrun,
)
from daemon.player import midi_bytes
from daemon.player.clock import Clock
from daemon.player.horizon import Horizon
from daemon.player.link import Link, PlayerSettings
from daemon.player.outputs import Outputs
from daemon.player.programs import Programs
from daemon.player.reports import Reports
from daemon.player.schedule import (
    BeginTick,
    ClockPulse,
    Cue,
    EndNote,
    Event,
    Release,
    Schedule,
    SetTempo,
    StartNote,
)
from daemon.player.sender import Sender
from daemon.player.sources import InternalTime, TimeSource
from daemon.player.timeline import round_up
from models.notes import PULSES_PER_CLOCK, PULSES_PER_TICK, VOICES, Voice

LEAD_SECONDS: Final = 0.03
"""The least time between a command to play and the first tick, so that this tick can still arrive."""
STALE_SECONDS: Final = 0.1
"""Note-ons and clocks later than this are dropped: after a stall there is no burst."""
CUE_PULSES: Final = PULSES_PER_CLOCK // 2


class Performance:
    """Does everything except waiting. Call `prepare` before the time `next_seconds`, and `do_due` at that time.

    It reports to the composer through `reports` and never waits for it.
    """

    def __init__(self, clock: Clock, outputs: Outputs, link: Link, settings: PlayerSettings) -> None:
        self.sender = Sender(clock, outputs, settings.channels)
        self.reports = Reports(link)
        self._programs = Programs(settings.programs, settings.channels, outputs)
        self._clock, self._outputs, self._settings = clock, outputs, settings
        self._ports = frozenset(outputs.port_of(voice) for voice in VOICES)
        # If no MIDI clock is sent, waking up once a tick is enough.
        self._wake_pulses = PULSES_PER_CLOCK if settings.midi_clock else PULSES_PER_TICK
        self._schedule = Schedule()
        self._time: TimeSource = InternalTime(clock.now(), settings.tempo)
        self._horizon = Horizon()
        self._muted_until: dict[Voice, int] = {}  # pulses
        self._course = 0
        self._playing = False
        self._next_tick = 0  # the first tick that has not begun
        self._next_clock = 0
        self._ready_due = 0.0

    def set_out(self) -> None:
        """Begin in the stopped state. The MIDI clock begins when the composer sends a tempo."""
        self.send_programs(self._ports)

    def attach(self) -> None:
        """Send a new composer the position of the music, and the reports that it may have missed."""
        self.reports.attach(
            Attached(
                self._course,
                self._horizon.revision,
                self._next_tick,
                self._horizon.end,
                self._playing,
                self._time.timeline,
                self.sender.sounding(),
                self._outputs.status(),
                self._outputs.api,
            )
        )

    def next_seconds(self) -> float:
        """Return when something is due next, in seconds of the clock; infinity if nothing is."""
        if not self._schedule:
            return math.inf
        return self._time.timeline.seconds_at(self._schedule.next_pulse())

    def prepare(self) -> None:
        """Queue the messages of the next event. No message of the link may be handled between this and `do_due`."""
        pulse = self._schedule.next_pulse()
        self._ready_due = self._time.timeline.seconds_at(pulse)
        while self._schedule.next_pulse() == pulse and not isinstance(self._schedule.first(), BeginTick):
            self._do(self._schedule.pop())

    def do_due(self, deadline: float) -> None:
        """Send the queued messages, and do all other events up to `deadline` or the current time."""
        self.sender.flush(self._ready_due)
        while self.next_seconds() <= max(deadline, self._clock.now()):
            first = self._schedule.first()
            if isinstance(first, BeginTick):
                self._schedule.pop()
                self._begin_tick(first.tick)
            else:
                self.prepare()
                self.sender.flush(self._ready_due)

    def play(self, course: int) -> None:
        """Play from tick 0, after sending program, volume and pan to all ports."""
        if self._playing:
            self.stop()
        self.send_programs(self._ports)
        self._course = course
        self._muted_until.clear()
        self._horizon.restart(0)
        self._start(0, (midi_bytes.START,))

    def go_on(self) -> None:
        """Play from the first tick that has not begun. Does nothing while playing."""
        if not self._playing:
            tick = self._next_tick
            self._start(tick, (midi_bytes.song_position(tick), midi_bytes.CONTINUE))

    def take_over(self, order: TakeOver) -> None:
        """Continue at the position of another player without MIDI START, or stay stopped there."""
        self._course, self._next_tick = order.course, order.start_tick
        self._horizon.restart(order.start_tick)
        if order.timeline is None:
            return
        self._time.take_over(order.timeline)
        self._schedule.clear()
        reach = math.ceil(self._time.timeline.pulse_at(self._clock.now() + LEAD_SECONDS))
        self._add_clock(round_up(self._now_pulse(), PULSES_PER_CLOCK))
        self._begin_at(max(order.start_tick, round_up(reach, PULSES_PER_TICK) // PULSES_PER_TICK))

    def stop(self) -> None:
        """End all sound at once. The MIDI clock continues, and the ticks composed ahead remain."""
        self.silence()
        if not self._playing:
            return
        self._broadcast(midi_bytes.STOP)
        self.sender.flush(self._clock.now())
        self._playing = False
        self._schedule.clear()
        self._add_clock(self._next_clock)
        self._report()
        self.reports.tell(Moved(self._course, "stopped", self._next_tick))

    def retempo_stopped(self, tempo: float) -> None:
        """Change the tempo of the MIDI clock at once while stopped; while playing, ticks contain the tempo."""
        if not self._playing:
            self._time.change_tempo(self._now_pulse(), tempo)
        if not self._schedule:
            self._add_clock(round_up(self._now_pulse(), PULSES_PER_CLOCK))

    def send_programs(self, ports: Collection[str]) -> None:
        """Send program, volume and pan to these ports, for each voice whose programs are sent."""
        self.sender.send_now(self._programs.of(ports))

    def has_programs(self, ports: Collection[str]) -> bool:
        """Return whether `send_programs` would send anything to these ports."""
        return bool(self._programs.of(ports))

    def silence(self, voices: Sequence[Voice] = VOICES) -> None:
        """End all sound on the channels of these voices; the music continues."""
        self.sender.silence(voices, self._now_pulse())

    def mute(self, voices: Sequence[Voice], until_tick: int) -> None:
        """End the notes of these voices now, and start none of them before `until_tick`."""
        self._muted_until |= dict.fromkeys(voices, until_tick * PULSES_PER_TICK)
        self.sender.release(voices, self._now_pulse())
        self.sender.flush(self._clock.now())

    def revise(self, revise: Revise) -> None:
        """Take or refuse all of a revision, and report which."""
        if revise.course != self._course or not self._horizon.take(revise, self._next_tick):
            self.reports.tell(Refused(revise.revision))
            return
        if revise.from_tick == self._next_tick:
            self._reload()
        self.reports.tell(Taken(revise.revision))

    def _reload(self) -> None:
        """Replace the next tick in the schedule. Later ticks are not in it, so a revision changes few events."""
        tick = self._horizon.tick(self._next_tick)
        if not self._playing:
            return
        start = self._next_tick * PULSES_PER_TICK
        self._schedule.cut(start)
        if tick is None:
            return
        self._schedule.add(start, SetTempo(tick.tempo))
        for voice in tick.release:
            begins = min((note.pulse for note in tick.notes if note.voice == voice), default=start)
            self._schedule.add(max(begins, start), Release(voice))
        for note in tick.notes:
            self._schedule.add(max(note.pulse, start), StartNote(note))

    def _do(self, event: Event) -> None:
        stale = self._clock.now() - self._ready_due > STALE_SECONDS
        match event.action:
            case StartNote(note) if not stale and event.pulse >= self._muted_until.get(note.voice, 0):
                end = self.sender.start(note, event.pulse)
                self._schedule.add(event.pulse + max(note.length, 1), end)
            case EndNote() as end:
                self.sender.end(end, event.pulse)
            case ClockPulse():
                self._do_clock(event.pulse, stale)
            case SetTempo(tempo):
                self._time.change_tempo(event.pulse, tempo)
            case Release(voice):
                self.sender.release((voice,), event.pulse)
            case Cue(messages):
                self._broadcast(*messages)
            case _:
                pass

    def _do_clock(self, pulse: int, stale: bool) -> None:
        following = pulse + self._wake_pulses
        if stale:
            following = max(following, round_up(self._now_pulse(), PULSES_PER_CLOCK))
        else:
            self._broadcast(midi_bytes.CLOCK)
        self._add_clock(following)
        if not self._playing:
            self._report()

    def _add_clock(self, pulse: int) -> None:
        self._next_clock = pulse
        self._schedule.add(pulse, ClockPulse())

    def _begin_tick(self, tick: int) -> None:
        self._next_tick = max(tick + 1, round_up(self._now_pulse(), PULSES_PER_TICK) // PULSES_PER_TICK)
        self._schedule.add(self._next_tick * PULSES_PER_TICK, BeginTick(self._next_tick))
        for begun in range(tick, self._next_tick):
            if not self._horizon.begin(begun):
                self.reports.tell(Underrun(begun))
        self._reload()
        self.reports.tell(Began(self._course, self._next_tick - 1, self._time.timeline))
        self._report()

    def _report(self) -> None:
        rows, late_us = self.sender.take_rows()
        if rows or (late_us and self._playing):
            self.reports.sent(rows, late_us)

    def _start(self, tick: int, cue: tuple[bytes, ...]) -> None:
        """Start `tick` at one of the next MIDI clocks, and renumber the pulses so that it is the tick's first."""
        reach = math.ceil(self._time.timeline.pulse_at(self._clock.now() + LEAD_SECONDS))
        start = round_up(reach, PULSES_PER_CLOCK)
        by_pulses = tick * PULSES_PER_TICK - start
        self._time.renumber(by_pulses)
        self._schedule.clear()
        self._add_clock(self._next_clock + by_pulses)
        self._schedule.add(tick * PULSES_PER_TICK - CUE_PULSES, Cue(cue))
        self._begin_at(tick)

    def _begin_at(self, tick: int) -> None:
        self._playing = True
        self._next_tick = tick
        if tick > self._horizon.end:
            self._horizon.restart(tick)
        self._schedule.add(tick * PULSES_PER_TICK, BeginTick(tick))
        self._reload()
        self.reports.tell(Moved(self._course, "playing", tick))

    def _broadcast(self, *messages: bytes) -> None:
        if self._settings.midi_clock:
            self.sender.broadcast(*messages)

    def _now_pulse(self) -> int:
        return math.ceil(self._time.timeline.pulse_at(self._clock.now()))
