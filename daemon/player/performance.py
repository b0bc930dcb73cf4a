"""The performance of one deck: the effects of play, stop, revisions and ticks that begin."""

import math
from collections.abc import Collection, Sequence
from typing import Final

from daemon.link.player import (
    Attached,
    Began,
    Located,
    Moved,
    Refused,
    Revise,
    Taken,
    TakeOver,
    Underrun,
    Wanted,
)
from daemon.link.timeline import round_up
from daemon.player import midi_bytes
from daemon.player.count_in import clicks
from daemon.player.effects import EffectSender
from daemon.player.horizon import Horizon
from daemon.player.link import Link, PlayerSettings
from daemon.player.places import places_of
from daemon.player.playhead import Playhead
from daemon.player.ports.outputs import Outputs
from daemon.player.ports.programs import Programs
from daemon.player.reports import Reports
from daemon.player.sender import Sender
from daemon.player.timing.clock import Clock
from daemon.player.timing.midi_clock import Command
from daemon.player.timing.schedule import BeginTick, Cue, SetEffects, StartNote, actions_of
from daemon.player.timing.sources import FollowedTime, TimeSource
from models.effects import HOST, NO_EFFECTS
from models.notes import MAIN, PULSES_PER_BAR, PULSES_PER_CLOCK, PULSES_PER_TICK, TICKS_PER_BAR, VOICES, Voice

LEAD_SECONDS: Final = 0.03
"""The least time between a command to play and the first tick, so that this tick can still arrive."""
CUE_PULSES: Final = PULSES_PER_CLOCK // 2


class Performance:
    """Does everything for one deck except waiting.

    The player calls `playhead.prepare` before the time `due_seconds`, `playhead.send_ready` at that time, and `do_due`
    then. The performance reports to the composer through `reports` and never waits for it.
    """

    def __init__(
        self, clock: Clock, outputs: Outputs, link: Link, settings: PlayerSettings, deck: str = MAIN
    ) -> None:
        self.deck, self.settings, self.due_seconds = deck, settings, math.inf
        self._places = places_of(outputs, settings)
        self.sender = Sender(clock, outputs, self._places, settings.clock_ports)
        self.effects = EffectSender(self.sender.queue, outputs, settings)
        self.reports = Reports(link, deck)
        self._programs = Programs(settings, outputs)
        self._clock, self._outputs = clock, outputs
        self._ports = frozenset(port for places in self._places.values() for port, _ in places)
        self.playhead = Playhead(clock, self.sender, self.effects, settings)
        self._horizon = Horizon()
        self._course = 0
        self._playing = False
        self._count_in = 0  # bars before the next start
        self._is_armed = False  # waits for the foreign clock to start
        self._next_tick = 0  # the first tick that has not begun

    def set_out(self) -> None:
        """Begin in the stopped state. The MIDI clock begins when the composer sends a tempo."""
        self.send_programs(self._ports)

    def attach(self, ports: dict[str, str]) -> None:
        """Send a new composer the position of the music, and the reports that it may have missed.

        `ports` is the state of the ports of all decks.
        """
        self.reports.attach(
            Attached(
                self._course,
                self._horizon.revision,
                self._next_tick,
                self._horizon.end,
                self._playing,
                self.playhead.time.timeline,
                self.sender.sounding(),
                ports,
                self._outputs.api,
                deck=self.deck,
            )
        )

    def look_ahead(self) -> None:
        """Update `due_seconds`; call this after everything that may change the schedule or the time."""
        self.due_seconds = self.playhead.next_seconds()

    def do_due(self) -> None:
        """Do all events up to `due_seconds` or the current time."""
        playhead, deadline = self.playhead, self.due_seconds
        while playhead.next_seconds() <= max(deadline, self._clock.now()):
            tick = playhead.next_tick()
            if tick is not None:
                playhead.schedule.pop()
                self._begin_tick(tick)
            else:
                playhead.prepare()
                playhead.send_ready()
        if not self._playing:
            self._report()
        self.look_ahead()

    def play(self, course: int, lead_seconds: float = 0.0, count_in: int = 0) -> None:
        """Play from tick 0 in `lead_seconds` at the earliest, after sending program, volume and pan to all ports.

        Bars of clicks come first, unless a foreign clock has a song.
        """
        if self._playing:
            self.stop()
        self.send_programs(self._ports)
        self._course = course
        self.playhead.muted_until.clear()
        self._horizon.restart(0)
        self._next_tick = 0
        self._count_in = count_in
        self._start(max(lead_seconds, LEAD_SECONDS))

    def go_on(self) -> None:
        """Play from the first tick that has not begun. Does nothing while playing."""
        if not self._playing:
            self._start(LEAD_SECONDS)

    def take_over(self, order: TakeOver) -> None:
        """Continue at the position of another player without MIDI START, or stay stopped or wait there."""
        self._course, self._next_tick = order.course, order.start_tick
        self._horizon.restart(order.start_tick)
        if order.waits:
            self._is_armed = True
            if isinstance(self.playhead.time, FollowedTime) and self.playhead.time.is_running:
                self._start(LEAD_SECONDS)  # it has started meanwhile
        if order.timeline is None:
            return
        self.playhead.time.take_over(order.timeline)
        self.playhead.clear()
        reach = self.playhead.pulse_in(LEAD_SECONDS)
        self.playhead.add_clock(round_up(self.playhead.now_pulse(), PULSES_PER_CLOCK))
        self._begin_at(max(order.start_tick, round_up(reach, PULSES_PER_TICK) // PULSES_PER_TICK))

    def stop(self) -> None:
        """End all sound at once. The MIDI clock continues, and the ticks composed ahead remain."""
        self._is_armed, self._count_in = False, 0
        self.silence()
        if not self._playing:
            return
        self.playhead.broadcast(midi_bytes.STOP)
        self.sender.flush(self._clock.now())
        self._playing = False
        self.playhead.restart(self.playhead.next_clock)
        self._report()
        self.reports.tell(Moved(self._course, "stopped", self._next_tick, deck=self.deck))

    def retempo_stopped(self, tempo: float) -> None:
        """Change the tempo of the MIDI clock at once while stopped; while playing, ticks contain the tempo."""
        if not self._playing:
            self.playhead.time.change_tempo(self.playhead.now_pulse(), tempo)
        if not self.playhead.schedule:
            self.playhead.add_clock(round_up(self.playhead.now_pulse(), PULSES_PER_CLOCK))

    def send_programs(self, ports: Collection[str]) -> None:
        """Send program, volume and pan to these ports, for each voice whose programs are sent."""
        self.sender.send_now(self._programs.of(ports))

    def has_programs(self, ports: Collection[str]) -> bool:
        """Return whether `send_programs` would send anything to these ports."""
        return bool(self._programs.of(ports))

    def silence(self, voices: Sequence[Voice] = VOICES) -> None:
        """End all sound on the channels of these voices, and their effects; what is held back is dropped, music goes on."""
        self.playhead.line.drop_notes(voices)
        self.effects.end(voices, self.playhead.now_pulse(), own=HOST in voices)
        self.sender.silence(voices, self.playhead.now_pulse())

    def leave(self, ports: Collection[str]) -> None:
        """End all sound and effects on these ports, because they close or open; the music continues on the others."""
        now = self.playhead.now_pulse()
        voices = [voice for voice in VOICES if self._outputs.port_of(voice) in ports]
        self.effects.end(voices, now, own=HOST in voices)
        self.sender.leave(ports, now)

    def mute(self, voices: Sequence[Voice], until_tick: int) -> None:
        """End the notes of these voices now, and start none of them before `until_tick`."""
        self.playhead.muted_until |= dict.fromkeys(voices, until_tick * PULSES_PER_TICK)
        now = self.playhead.now_pulse()
        self.effects.end(voices, now, own=all(self.playhead.muted_until.get(v, 0) > now for v in VOICES))
        self.sender.release(voices, now)
        self.sender.flush(self._clock.now())

    def revise(self, revise: Revise) -> None:
        """Take or refuse all of a revision, and report which."""
        if revise.course != self._course or not self._horizon.take(revise, self._next_tick):
            self.reports.tell(Refused(revise.revision, deck=self.deck))
            return
        if revise.from_tick == self._next_tick:
            self._reload()
        self.reports.tell(Taken(revise.revision, deck=self.deck))

    def _reload(self) -> None:
        """Replace the next tick in the schedule. Later ticks are not in it, so a revision changes few events."""
        if not self._playing:
            return
        start = self._next_tick * PULSES_PER_TICK
        self.playhead.schedule.cut(start)
        tick = self._horizon.tick(self._next_tick)
        for pulse, action in actions_of(tick) if tick else ():
            self.playhead.schedule.add(pulse, action)
        effects = tick.effects if tick else None
        if effects or self.effects.is_active:
            self.playhead.schedule.add(start, SetEffects(effects or NO_EFFECTS))

    def _begin_tick(self, tick: int) -> None:
        self._next_tick = max(
            tick + 1, round_up(self.playhead.now_pulse(), PULSES_PER_TICK) // PULSES_PER_TICK
        )
        self.playhead.schedule.add(self._next_tick * PULSES_PER_TICK, BeginTick(self._next_tick))
        for begun in range(tick, self._next_tick):
            if not self._horizon.begin(begun):
                self.reports.tell(Underrun(begun, deck=self.deck))
        self._reload()
        self.reports.tell(
            Began(self._course, self._next_tick - 1, self.playhead.time.timeline, deck=self.deck)
        )
        self._report()

    def _report(self) -> None:
        (rows, late_us), controls = self.sender.take_rows(), self.effects.take_rows()
        if rows or controls or (late_us and self._playing):
            self.reports.sent(rows, late_us, controls)

    # --- time sources ---

    @property
    def is_playing(self) -> bool:
        """Whether the music plays, or begins soon."""
        return self._playing

    def next_tick_seconds(self) -> float:
        """Return when the first tick begins that has not begun, while the music plays."""
        return self.playhead.time.timeline.seconds_at(self._next_tick * PULSES_PER_TICK)

    def use_time(self, time: TimeSource, *, starts: bool = True) -> None:
        """Follow another time source from its present time on. Without `starts` music that waits for it goes on waiting."""
        self.playhead.time = time
        if self._is_armed and starts:
            self._start(LEAD_SECONDS)
        elif self._playing:
            self._join()
        self.look_ahead()

    def obey_clock(self, command: Command) -> None:
        """Do what a foreign clock commands. A MIDI song starts no deck that somebody has stopped; a session does."""
        match command:
            case "start" if self._is_armed and self._next_tick == 0:
                self._start(0.0)
            case "play" if not self._playing:
                self.reports.tell(Wanted("play", deck=self.deck))
            case "start" if self._is_armed or self._playing:
                self.reports.tell(Wanted("play", deck=self.deck))
            case "continue" if self._is_armed:
                self._join()
            case "locate" if self._playing:
                self._join()
            case "stop" if self._playing:
                self.stop()
                self._is_armed = True
            case _:
                pass
        self.look_ahead()

    def _join(self) -> None:
        """Go on at the next sixteenth of a foreign song, with the first tick that has the same place in its bar."""
        time = self.playhead.time
        if not isinstance(time, FollowedTime) or not time.is_running:
            return
        earliest = self.playhead.now_pulse()
        if self._playing:
            earliest = max(earliest, (self._next_tick - 1) * PULSES_PER_TICK + 1)
        start, sixteenth = time.next_sixteenth(earliest)
        tick = self._next_tick + (sixteenth - self._next_tick) % TICKS_PER_BAR
        place = sixteenth if time.has_song else tick
        if not (self._playing and tick * PULSES_PER_TICK == start):
            position = midi_bytes.song_position(place)
            cue = (position,) if self._playing else (position, midi_bytes.CONTINUE)
            self.sender.release(VOICES, earliest)
            self.sender.flush(self._clock.now())
            self._start_at(tick, start, cue)
        self.reports.tell(Located(tick, place, deck=self.deck))

    def _start(self, lead_seconds: float) -> None:
        """Start the next tick when the time source lets it begin, or wait for a foreign clock."""
        tick, now = self._next_tick, self._clock.now()
        start = self.playhead.time.start_after(self.playhead.pulse_in(lead_seconds), tick, now)
        self._is_armed = start is None
        if start is not None:
            resume = (midi_bytes.song_position(tick), midi_bytes.CONTINUE)
            bars = 0 if tick or self.playhead.time.has_song else self._count_in
            start += bars * PULSES_PER_BAR
            self._start_at(tick, start, resume if tick else (midi_bytes.START,), bars)

    def _start_at(self, tick: int, start: int, cue: tuple[bytes, ...], count_in: int = 0) -> None:
        """Start `tick` at a pulse, after bars of clicks, and renumber the pulses so that it is the tick's first."""
        by_pulses = tick * PULSES_PER_TICK - start
        self.playhead.time.renumber(by_pulses)
        self.playhead.restart(self.playhead.next_clock + by_pulses)
        self.playhead.schedule.add(tick * PULSES_PER_TICK - CUE_PULSES, Cue(cue))
        for click in clicks(count_in, tick * PULSES_PER_TICK):
            self.playhead.schedule.add(click.pulse, StartNote(click))
        self._begin_at(tick, count_in)

    def _begin_at(self, tick: int, count_in: int = 0) -> None:
        self._playing, self._is_armed, self._count_in = True, False, 0
        self._next_tick = tick
        if tick > self._horizon.end:
            self._horizon.restart(tick)
        self.playhead.schedule.add(tick * PULSES_PER_TICK, BeginTick(tick))
        self._reload()
        self.reports.tell(Moved(self._course, "playing", tick, count_in, deck=self.deck))
