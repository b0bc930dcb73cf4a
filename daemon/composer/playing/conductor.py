"""The connection of deck and player: it follows the music, fills the horizon, and hands over to a new player."""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

from daemon.composer.models.library import Library
from daemon.composer.models.scenes import Stand
from daemon.composer.playing.feeder import Feeder
from daemon.composer.playing.handover import Handover
from daemon.composer.playing.position import PLAYING, STOPPED, Position
from daemon.composer.playing.shared_tempo import SharedTempo
from daemon.composer.playing.telling import Telling
from daemon.composer.records.events import Events
from daemon.composer.records.housekeeping import Housekeeping
from daemon.composer.records.recorder import Recorder
from daemon.composer.records.savepoints import FORMAT, Saved, Savepoints
from daemon.composer.records.sounding_key import sounding_key
from daemon.composer.requests.changes import Changes
from daemon.link.player import (
    Attached,
    Began,
    ClockState,
    FromPlayer,
    Located,
    Moved,
    Received,
    Refused,
    Sent,
    Taken,
    Tempo,
    ToPlayer,
    Transport,
    TransportAction,
    Underrun,
    Wanted,
)
from daemon.link.timeline import Timeline
from daemon.music.deck.deck import Deck
from daemon.music.deck.operations import EndFade, Entry, SetParameters
from daemon.parameters import SPECS
from models.notes import CHANNELS, PULSES_PER_TICK, TICKS_PER_BAR, Voice

_log: Final = logging.getLogger(__name__)
_HEALTH_SECONDS: Final = 1.0


class Conductor:
    """Plays a deck. `is_over` is True after the last bar, `is_attached` after the first message of a player.

    `send` sends a message to the player. `asked` is the last transport command. `daemon` is the name of this run of the
    daemon, for its savepoints. `stand` is what is remembered of scenes. `channels` and `effects` are those of the player:
    the channels of voices (1 to 16), and the voices whose effects it sends.
    """

    def __init__(
        self,
        deck: Deck,
        library: Library,
        events: Events,
        recorder: Recorder,
        send: Callable[[ToPlayer], None],
        *,
        savepoints: Savepoints,
        horizon_seconds: float,
        daemon: str,
        channels: Mapping[Voice, int] = CHANNELS,
        effects: Collection[Voice] = (),
    ) -> None:
        self.deck, self.library, self.events, self.recorder = deck, library, events, recorder
        self.position = Position()
        self._send = send
        self.feeder = Feeder(deck, self._send, horizon_seconds, self.events.composed)
        self.changes = Changes(deck, self.feeder, self._send)
        self.asked = "play"
        self.is_over = self.is_attached = False
        self.stand = Stand()
        self.telling = Telling(
            deck,
            library,
            events=events,
            recorder=recorder,
            position=self.position,
            changes=self.changes,
            horizon=self.feeder.horizon,
        )
        self.change_session: Callable[[float], None] = lambda _tempo: None
        self._shared = SharedTempo()
        self.has_begun: Callable[[int], None] = _ignore
        self._savepoints, self._daemon = savepoints, daemon
        self._handover = Handover(
            deck,
            self.feeder,
            position=self.position,
            events=events,
            recorder=recorder,
            send=send,
            channels=channels,
            effects=effects,
        )
        self._has_begun = deck.course > 0
        self._house = Housekeeping()
        self._tempo_told = self._next_health = 0.0
        self._saved_number = 0
        self._reports = self._reports_before = 0
        deck.journal.changed = self._note

    def take_up_reports(self, before: int) -> None:
        """Number the reports of the present player from `before` + 1 on."""
        self._reports = self._reports_before = before

    def _note(self, entry: Entry) -> None:
        self._savepoints.note(entry)
        self.changes.noted(entry)

    # --- the player ---

    def given_up(self) -> None:
        """Stop, because the player does not play this deck."""
        self.player_lost()
        self.asked = "stop"
        self.feeder.moved(self.deck.next_tick, is_playing=False)
        self.position.moved(STOPPED, self.deck.next_tick)
        self.telling.changed()

    def player_lost(self) -> None:
        """Send nothing until another player attaches."""
        self.feeder.detach()
        self.is_attached = False

    def hear(self, message: FromPlayer) -> None:
        """Handle a message of the player about this deck."""
        match message:
            case Attached():
                self._take_up(message)
            case Taken(revision):
                self.feeder.taken(revision)
            case Refused(revision):
                self.feeder.refused(revision)
            case Began(course, tick, timeline):
                if course == self.deck.course:
                    self._begin(tick, timeline)
            case Moved(course, state, tick, count_in):
                if course == self.deck.course:
                    self._move(state, tick, count_in)
            case Sent(number, rows, late_us, controls):
                self._reports = self._reports_before + number
                self._house.keep("recording", lambda: self.recorder.add_rows(rows, self._reports, controls))
                self._house.keep("publishing what was sent", lambda: self.events.sent(rows, late_us))
                self._send(Received(number))
            case Underrun():
                self.events.underruns += 1
            case _:
                self._obey_clock(message)

    def _obey_clock(self, message: FromPlayer) -> None:
        match message:
            case Located(tick, position):
                self.position.song_ticks = position - tick
                self.telling.changed()
            case Wanted(action):
                self.steer(action)
            case _:  # not about one deck
                pass

    def _take_up(self, player: Attached) -> None:
        is_new = player.is_new
        if self.is_attached and not is_new:
            return  # the player answered two requests
        self.is_attached = True
        if is_new:  # a new player counts its reports from 1
            self._reports_before = max(self._reports, self.recorder.last_number)
        if not is_new:
            if not self._has_begun:  # there was no savepoint, so the player alone knows
                self._has_begun, self.asked = True, "play" if player.is_playing else "stop"
            self._handover.go_on_with(player)
        elif self._has_begun:
            self._handover.give_to(player, is_wanted=self.asked != "stop")
            self._save()  # the next composer must know how many reports there were before this player's
        else:
            self._savepoints.lock()  # only now, so that a daemon that cannot start logs nothing about savepoints
            self.feeder.attach(player)
            self._send(Tempo(self.deck.state(0).parameters.tempo))
            if self.asked != "stop":
                self._play()
            else:
                self._save()  # so that the next composer has this deck

    def led(self, clock: ClockState, led: float | None, before: float | None) -> None:
        """Note what leads the time; `led` is the tempo of a foreign clock, `before` that of one that led until now.

        When the internal clock leads again, it goes on at that tempo.
        """
        self.position.ahead_seconds = clock.ahead_seconds
        self.position.awaits_start = clock.leader == "midi" and not clock.runs
        self.position.leader, self.feeder.horizon.led_tempo = clock.leader, led
        self._shared.hear(led if clock.leader == "link" else None)
        if clock.leader == "internal":
            self.position.song_ticks = 0
            if before is not None:
                spec = SPECS["tempo"]
                self.changes.accept(SetParameters({"tempo": min(max(before, spec.low), spec.high)}))
        self.telling.changed()

    # --- the music ---

    def send_tempo_if_stopped(self) -> None:
        """Send a changed tempo of the MIDI clock, because no tick carries it."""
        if not self.feeder.is_playing:
            self._send_tempo()
            self._share_tempo(self._tempo_told)

    def steer(self, action: TransportAction, count_in: int = 0) -> str:
        """Carry out a transport command, `play` after bars of clicks; return the state it leads to."""
        if action == "panic":
            self._send(Transport("panic"))
            return self.position.state
        self.asked = action
        if action == "continue":
            self._end_fade()
        if not (self.is_attached or self._has_begun):
            pass  # the player does not have this deck yet; `_take_up` plays if `asked` says so
        elif action == "play":
            self._play(count_in)
        else:
            self._send(Transport(action))
        return STOPPED if action == "stop" else PLAYING

    def _play(self, count_in: int = 0) -> None:
        """Begin at tick 0; send the first ticks with the command, because the player does not wait for them."""
        self._has_begun = True
        self.position.song_ticks = 0  # what comes is a new song
        self.feeder.restart()
        self.recorder.start_over()
        self.feeder.prepare()
        self._send(Transport("play", self.deck.course, self.feeder.horizon.extra_seconds, count_in))
        self.feeder.work()
        if not self.is_attached:  # the next player begins there, not where the previous one was
            self.position.moved(STOPPED, 0)
        self._save()

    def _begin(self, tick: int, timeline: Timeline) -> None:
        self.feeder.began(tick, timeline)
        if self.deck.last_tick is not None and tick >= self.deck.last_tick:
            self.is_over = True
            return  # clients receive no ticks after the last one
        ticked = self.deck.ticked(tick)
        if self.position.begun(tick, timeline) and ticked is not None:
            parameters, plan = ticked.parameters, ticked.composed.plan
            key = sounding_key(plan, parameters)
            tempo = self.feeder.horizon.led_tempo or parameters.tempo
            self.recorder.add_tick(tick * PULSES_PER_TICK, tempo, plan.section, key)
            self._tempo_told = parameters.tempo
            self._share_tempo(parameters.tempo)
            self.events.adopted(parameters)
            self._house.keep("publishing a tick", lambda: self.events.began(ticked, self.deck))
            self._house.keep("listening", lambda: self.has_begun(tick))
        if tick % TICKS_PER_BAR == 0:
            self._save()
        fade = self.deck.state(tick + 1).fade
        if fade is not None and tick >= fade.end and self.asked != "stop":
            self.steer("stop")
        self.telling.look_around()

    def _move(self, state: str, tick: int, count_in: int) -> None:
        self.feeder.moved(tick, is_playing=state == PLAYING)
        self.position.moved(state, tick, count_in)
        if state == STOPPED:
            self._tempo_told = 0.0  # the clock continues at the tempo of the next tick
            self._end_fade()
            self._save()
        self.telling.changed()

    def _end_fade(self) -> None:
        """Let the next music have its full level."""
        if self.changes.state.fade is not None:
            self.changes.accept(EndFade())

    def _send_tempo(self) -> None:
        tempo = self.deck.state(self.deck.next_tick).parameters.tempo
        if tempo != self._tempo_told:
            self._tempo_told = tempo
            self._send(Tempo(tempo))

    def _share_tempo(self, adopted: float) -> None:
        """Keep the tempo of the music, now `adopted`, and that of a Link session the same."""
        now = time.monotonic()
        if (mine := self._shared.adopt(adopted, now)) is not None:
            self.change_session(mine)
        if "tempo" not in self.changes.state.automation.changes:
            theirs = self._shared.missed(now)
            if theirs is not None:
                self.changes.follow_tempo(theirs)
                self.telling.changed()

    def _save(self) -> None:
        """Write a savepoint of the last tick that began, and release rows that are no longer needed."""
        tick = max(self.deck.next_tick - 1, 0) if self.feeder.is_playing else self.deck.next_tick
        state = self.deck.saved_state(tick)
        if state is None:
            return
        self._saved_number = self.deck.journal.number
        saved = Saved(
            FORMAT,
            self._daemon,
            self.deck.course,
            self.library.provider.name,
            self._saved_number,
            self.asked,
            tuple(self.changes.gestures.done),
            tuple(self.changes.gestures.undone),
            self._reports_before,
            state,
            self.stand,
        )
        self._house.keep("saving", lambda: self._savepoints.save(saved, self.deck.journal.at(tick, 1 << 60)))
        self.deck.close_unused()

    @property
    def disk_faults(self) -> dict[str, str]:
        """What is not written to the disk, each with the reason."""
        faults = {"recording": self.recorder.fault, "savepoints": self._savepoints.fault}
        return {name: fault.text for name, fault in faults.items() if fault.text}

    @property
    def is_resting(self) -> bool:
        """Whether the music is stopped and no take is recorded or written."""
        return self.asked == "stop" and not self.position.is_playing and not self.recorder.is_busy

    def close(self, *, is_kept: bool = False) -> None:
        """Stop the recording after the player has ended, and remove the savepoints, unless the set may go on later."""
        last = self.deck.last_tick if self.is_over else None
        self.recorder.stop_if_running(None if last is None else last * PULSES_PER_TICK)
        if is_kept and not self.is_over:
            self._savepoints.close()
        else:
            self._savepoints.clear()

    # --- telemetry ---

    def publish(self) -> None:
        """Publish the state if it changed, and health once a second."""
        self.telling.publish()
        self.recorder.turn()
        if (now := time.monotonic()) >= self._next_health:
            self._next_health = now + _HEALTH_SECONDS
            if (
                self._saved_number != self.deck.journal.number
            ):  # undo also works after a restart of this process
                self._save()
            self.events.underruns += self.feeder.take_forgone()
            self._savepoints.turn()
            self.events.disk = self.disk_faults
            self.events.health()


def _ignore(_tick: int) -> None:
    pass
