"""Handing the music over: to this composer from an earlier one, and from a dead player to its successor."""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

from daemon.composer.playing.feeder import Feeder
from daemon.composer.playing.hanging import begun, ended_effects
from daemon.composer.playing.position import PLAYING, STOPPED, Position
from daemon.composer.records.events import Events
from daemon.composer.records.recorder import Recorder
from daemon.link.player import Attached, TakeOver, Tempo, ToPlayer, Transport
from daemon.music.deck.deck import Deck
from daemon.music.ensemble.ensemble import Composed
from models.effects import lane_channels
from models.notes import Voice

_log: Final = logging.getLogger(__name__)
# Notes of this many ticks before and after the present may sound without a report.
_UNREPORTED_TICKS: Final = 2


class Handover:
    """`send` sends a message to the player. `channels` and `effects` are those of the player, as for the conductor."""

    def __init__(
        self,
        deck: Deck,
        feeder: Feeder,
        *,
        position: Position,
        events: Events,
        recorder: Recorder,
        send: Callable[[ToPlayer], None],
        channels: Mapping[Voice, int],
        effects: Collection[Voice],
    ) -> None:
        self._deck, self._feeder, self._position = deck, feeder, position
        self._events, self._recorder, self._send = events, recorder, send
        self._channels, self._lanes = channels, lane_channels(channels, effects)

    def go_on_with(self, player: Attached) -> None:
        """Replace an earlier composer at a player that has continued to play."""
        deck = self._deck
        if player.course != deck.course or player.next_tick < deck.next_tick:
            _log.warning(
                "the savepoint is of other music than what plays; the music begins anew at this tick"
            )
            deck.move_to(player.course, player.next_tick)
        self._feeder.catch_up(player.next_tick)
        _log.info(
            "attached at tick %d; the player holds music up to tick %d",
            player.next_tick,
            player.first_missing,
        )
        self._feeder.attach(player)
        self._events.sound(player.sounding)
        self._position.moved(PLAYING if player.is_playing else STOPPED, player.next_tick)
        if player.is_playing:
            self._position.begun(player.next_tick - 1, player.timeline)

    def give_to(self, player: Attached, *, is_wanted: bool) -> None:
        """Continue on a new player after the previous one has died, and end the notes that it left sounding.

        `is_wanted` says whether the music is to play.
        """
        deck, now = self._deck, time.perf_counter()
        near, pulse = self._near(), self._position.pulse_sent(now)
        hanging = tuple(self._events.sounding | begun(near, self._channels, self._lanes))
        self._recorder.add_rows(self._events.cut(pulse), controls=ended_effects(near, self._lanes, pulse))
        timeline = self._position.timeline_at(deck, now) if is_wanted else None
        self._send(Tempo(deck.state(deck.next_tick).parameters.tempo))
        waits = is_wanted and timeline is None and self._position.awaits_start
        self._send(TakeOver(deck.course, deck.next_tick, timeline, hanging, waits))
        self._feeder.attach(player)
        self._feeder.start_over()
        if timeline is not None:
            return
        self._position.moved(STOPPED, deck.next_tick)
        if waits:
            return
        if is_wanted and not deck.next_tick:
            self._send(Transport("play", deck.course, self._feeder.horizon.extra_seconds))
        elif is_wanted:
            self._send(Transport("continue"))

    def _near(self) -> list[Composed]:
        """Return the ticks that a dead player may have played without a report."""
        first = self._deck.next_tick - _UNREPORTED_TICKS
        near = range(first, first + 2 * _UNREPORTED_TICKS)
        return [ticked.composed for tick in near if (ticked := self._deck.ticked(tick)) is not None]
