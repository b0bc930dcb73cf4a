"""The performance: the time of each pulse, the events that are due, and the effects of play, stop and new ticks."""

import math
from collections.abc import Collection, Sequence
from typing import Final

from daemon.player import midi_bytes
from daemon.player.asking import Asking
from daemon.player.clock import Clock
from daemon.player.link import Link, PlayerSettings
from daemon.player.outputs import Outputs
from daemon.player.programs import Programs
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
from daemon.player.timeline import Timeline, round_up
from models.notes import PULSES_PER_CLOCK, PULSES_PER_TICK, VOICES, Note, Voice

LEAD_SECONDS: Final = 0.03
"""The least time between a command to play and the first tick. The tick is composed in this time."""
STALE_SECONDS: Final = 0.1
"""Note-ons and clocks later than this are dropped: after a stall there is no burst."""
GRACE_SECONDS: Final = 0.005
"""A note of a late tick is still played if it is at most this late, because nobody hears such a delay."""
CUE_PULSES: Final = PULSES_PER_CLOCK // 2


class Performance:
    """Does everything except waiting. Call `prepare` before the time `next_seconds`, and `do_due` at that time.

    Events are reported through `link`. Its OSError passes through; the state is then still consistent.
    """

    def __init__(self, clock: Clock, outputs: Outputs, link: Link, settings: PlayerSettings) -> None:
        self.sender = Sender(clock, outputs, settings.channels)
        self.asking = Asking(link, settings.compose_ahead)
        self._programs = Programs(settings.programs, settings.channels, outputs)
        self._clock, self._link, self._settings = clock, link, settings
        self._ports = frozenset(outputs.port_of(voice) for voice in VOICES)
        # If no MIDI clock is sent, waking up once a tick is enough.
        self._wake_pulses = PULSES_PER_CLOCK if settings.midi_clock else PULSES_PER_TICK
        self._schedule = Schedule()
        self._timeline = Timeline(0, clock.now(), settings.tempo)
        self._planned_tempo = settings.tempo
        self._playing = False
        self._next_tick = 0  # the first tick that has not begun
        self._first_pulse = 0
        self._next_clock = 0
        self._ready_due = 0.0

    def set_out(self) -> None:
        """Begin stopped with the MIDI clock running, or continue where a killed player was."""
        self.send_programs(self._ports)
        if self._settings.timeline is None:
            self._add_clock(0)
            return
        self._timeline = Timeline(*self._settings.timeline)
        self._planned_tempo = self._timeline.tempo
        reach = math.ceil(self._timeline.pulse_at(self._clock.now() + LEAD_SECONDS))
        self._add_clock(round_up(self._now_pulse(), PULSES_PER_CLOCK))
        self._begin_at(max(self._settings.start_tick, round_up(reach, PULSES_PER_TICK) // PULSES_PER_TICK))

    def next_seconds(self) -> float:
        """Return the time of the next event, in seconds of the clock."""
        return self._timeline.seconds_at(self._schedule.next_pulse())

    def prepare(self) -> None:
        """Queue the messages of the next event. No message of the link may be handled between this and `do_due`."""
        pulse = self._schedule.next_pulse()
        self._ready_due = self._timeline.seconds_at(pulse)
        while self._schedule.next_pulse() == pulse and not isinstance(self._schedule.first(), BeginTick):
            self._do(self._schedule.pop())

    def do_due(self, deadline: float) -> None:
        """Send the queued messages, and do everything else that is due at `deadline` or has become due meanwhile."""
        self.sender.flush(self._ready_due)
        while self.next_seconds() <= max(deadline, self._clock.now()):
            first = self._schedule.first()
            if isinstance(first, BeginTick):
                self._schedule.pop()
                self._begin_tick(first.tick)
            else:
                self.prepare()
                self.sender.flush(self._ready_due)

    def play(self) -> None:
        """Play from tick 0. First send the programs, because an instrument may have been connected since the last time."""
        if self._playing:
            self.stop()
        self.send_programs(self._ports)
        self._start(0, (midi_bytes.START,))

    def go_on(self) -> None:
        """Play from the first tick that has not begun. Does nothing while playing."""
        if not self._playing:
            tick = self._next_tick
            self._start(tick, (midi_bytes.song_position(tick), midi_bytes.CONTINUE))

    def locate(self, tick: int) -> None:
        """Make `go_on` begin at `tick`. Does nothing while playing."""
        if not self._playing:
            self._next_tick = tick

    def stop(self) -> None:
        """End all sound at once; MIDI clock goes on."""
        self.silence()
        if not self._playing:
            return
        self._broadcast(midi_bytes.STOP)
        self.sender.flush(self._clock.now())
        self._playing = False
        self._planned_tempo = self._timeline.tempo
        self.asking.restart(self._next_tick)
        self._schedule.clear()
        self._add_clock(self._next_clock)
        self._report()
        self._link.send(("transport", "stopped", self._next_tick))

    def retempo_stopped(self, tempo: float) -> None:
        """Change the MIDI clock at once while stopped; while playing, tempo comes with the ticks."""
        if not self._playing:
            self._timeline = self._timeline.retempo(self._now_pulse(), tempo)
            self._planned_tempo = tempo

    def send_programs(self, ports: Collection[str]) -> None:
        """Send program, volume and pan to these ports, for each voice whose programs are sent."""
        self.sender.send_now(self._programs.of(ports))

    def has_programs(self, ports: Collection[str]) -> bool:
        """Return whether `send_programs` would send anything to these ports."""
        return bool(self._programs.of(ports))

    def silence(self, voices: Sequence[Voice] = VOICES) -> None:
        """End all sound of these voices' channels; the music goes on."""
        self.sender.silence(voices, self._now_pulse())

    def take_tick(self, tick: int, notes: Sequence[Note], tempo: float, release: tuple[Voice, ...]) -> None:
        """Schedule a tick that was requested. If it is late, its missed notes are dropped and the rest is moved to now.

        The notes that a released voice holds end where its first note in the tick begins, else at the tick's start.
        """
        if not self._playing or not self.asking.receive(tick):
            return  # it was requested before a stop
        now = self._clock.now()
        start = tick * PULSES_PER_TICK
        earliest = max(self._first_pulse, math.ceil(self._timeline.pulse_at(now)))
        if tempo != self._planned_tempo:
            self._planned_tempo = tempo
            self._schedule.add(max(start, earliest), SetTempo(tempo))
        for voice in release:
            begins = min((note.pulse for note in notes if note.voice == voice), default=start)
            self._schedule.add(max(begins, earliest), Release(voice))
        for note in notes:
            moment = self._timeline.seconds_at(max(note.pulse, self._first_pulse))
            if moment >= now - GRACE_SECONDS:
                self._schedule.add(max(note.pulse, earliest), StartNote(note))

    def _do(self, event: Event) -> None:
        stale = self._clock.now() - self._ready_due > STALE_SECONDS
        match event.action:
            case StartNote(note) if not stale:
                end = self.sender.start(note, event.pulse)
                self._schedule.add(event.pulse + max(note.length, 1), end)
            case EndNote() as end:
                self.sender.end(end, event.pulse)
            case ClockPulse():
                self._do_clock(event.pulse, stale)
            case SetTempo(tempo):
                self._timeline = self._timeline.retempo(event.pulse, tempo)
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
        self.asking.note_begun(tick)
        self.asking.ask(self._next_tick, self._timeline)
        self.asking.tell_underruns()
        self._report()

    def _report(self) -> None:
        if self.asking.is_stuck():
            self.sender.forget_lateness()  # without ticks there are few rows, but clocks go on without end
            return
        rows, late_us = self.sender.take_rows()
        if rows or (late_us and self._playing):
            self._link.send(("sent", rows, late_us))

    def _start(self, tick: int, cue: tuple[bytes, ...]) -> None:
        """Begin `tick` at a later MIDI clock. Renumber pulses so that this clock has the pulse of the tick."""
        reach = math.ceil(self._timeline.pulse_at(self._clock.now() + LEAD_SECONDS))
        start = round_up(reach, PULSES_PER_CLOCK)
        by_pulses = tick * PULSES_PER_TICK - start
        self._timeline = self._timeline.renumbered(by_pulses)
        self._schedule.clear()
        self._add_clock(self._next_clock + by_pulses)
        self._schedule.add(tick * PULSES_PER_TICK - CUE_PULSES, Cue(cue))
        self._begin_at(tick)

    def _begin_at(self, tick: int) -> None:
        self._playing = True
        self._next_tick = tick
        self.asking.restart(tick)
        self._first_pulse = tick * PULSES_PER_TICK
        self._schedule.add(self._first_pulse, BeginTick(tick))
        self._link.send(("transport", "playing", tick))
        self.asking.ask(self._next_tick, self._timeline)

    def _broadcast(self, *messages: bytes) -> None:
        if self._settings.midi_clock:
            self.sender.broadcast(*messages)

    def _now_pulse(self) -> int:
        return math.ceil(self._timeline.pulse_at(self._clock.now()))
