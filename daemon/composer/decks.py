"""The decks of the composer. They compose in one batch and share one link to the player."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from daemon.composer.models.library import Library
from daemon.composer.playing.conductor import Conductor
from daemon.composer.playing.player_link import PlayerLink
from daemon.composer.playing.timekeeping import Timekeeping
from daemon.composer.records.recorder import Recorder
from daemon.composer.requests.handlers import Handlers
from daemon.composer.requests.stage import Stage
from daemon.control.messages import Clock, ControlError, Deck, Op
from daemon.link.gateway import Inner, PlayedNotes, PresetsChanged
from daemon.link.player import (
    MOST_DECKS,
    AddDeck,
    Attached,
    ClockState,
    DeckMessage,
    FromPlayer,
    NoDeck,
    Ports,
    RemoveDeck,
    ToPlayer,
)
from daemon.music.ensemble.drive import Failure, drive
from daemon.music.ensemble.ensembles import Ticked
from daemon.parameters import did_you_mean
from models.bundle import BundleError
from models.notes import MAIN

_log: Final = logging.getLogger(__name__)
# With several decks, each waits until this share of its horizon is missing, so that they compose together.
_SLACK_SHARE: Final = 0.2
_TIDY_SECONDS: Final = 1.0

Reply = Mapping[str, Any]
Publish = Callable[[str, str, Mapping[str, Any]], None]
Make = Callable[[str, Callable[[ToPlayer], None]], Conductor]


class Seat(NamedTuple):
    """One deck: its conductor, its stage and its handlers."""

    conductor: Conductor
    stage: Stage
    handlers: Handlers


class Decks:
    """The decks by name; the first one is `main`. `make` returns the conductor of a deck, or raises BundleError."""

    def __init__(self, make: Make, library: Library, *, midi_clock: bool) -> None:
        self.publish: Publish = lambda _deck, _topic, _body: None
        self.player = PlayerLink(self._hear, self._lose_player)
        self._make, self._library, self._midi_clock = make, library, midi_clock
        self._seats: dict[str, Seat] = {}
        self._ports = Ports({}, "")
        self._next_tidy = 0.0
        # The player has played before this composer came.
        self._has_old_player = False
        self.timekeeping = Timekeeping(self.player.send)
        # The recorders of removed decks whose takes are not written yet.
        self._left: list[Recorder] = []
        self._open(MAIN)

    @property
    def main(self) -> Conductor:
        """The conductor of the first deck."""
        return self._seats[MAIN].conductor

    def stage(self, name: str = MAIN) -> Stage:
        """Return the interface of a deck for requests."""
        return self._seats[name].stage

    @property
    def names(self) -> list[str]:
        """The names of all decks."""
        return [*self._seats]

    @property
    def conductors(self) -> Iterator[Conductor]:
        """The conductors of all decks."""
        return (seat.conductor for seat in self._seats.values())

    def saving(self) -> list[Recorder]:
        """Return the recorders whose takes are still being written."""
        return [each for each in self.recorders if each.is_saving]

    @property
    def recorders(self) -> list[Recorder]:
        """The recorders of all decks, and those of removed ones whose takes are not written yet."""
        return [*(each.recorder for each in self.conductors), *self._left]

    # --- requests ---

    def handle(self, op: Op | Inner, deck: str) -> Reply:
        """Carry out a request about a deck. Raises ControlError or ParameterError if it is refused."""
        if isinstance(op, Deck):
            return self._handle(op)
        if isinstance(op, Clock):
            return self.timekeeping.handle(op)
        if deck not in self._seats:
            raise self._unknown(deck, "deck")
        if isinstance(op, PlayedNotes):  # who listens to them, the deck itself knows
            for seat in self._seats.values():
                seat.stage.listener.hear(op.notes, all_off=op.all_off)
            return {}
        if isinstance(op, PresetsChanged):  # presets belong to the daemon
            replies = [seat.handlers.handle(op) for seat in self._seats.values()]
            return replies[0]
        return self._seats[deck].handlers.handle(op)

    def _handle(self, op: Deck) -> Reply:
        name = op.name or ""
        if op.action == "add":
            self._add(name)
        elif op.action == "remove":
            self._remove(name)
        return {"decks": [self._describe(each) for each in self._seats]}

    def _unknown(self, name: str, key: str) -> ControlError:
        hint = did_you_mean(name, tuple(self._seats))
        return ControlError(
            "not_found", f"no deck is named {name}; there is: {', '.join(self._seats)}{hint}", key
        )

    def _describe(self, name: str) -> dict[str, Any]:
        conductor = self._seats[name].conductor
        state = conductor.changes.state
        transport = conductor.telling.transport()
        return {
            "name": name,
            "state": transport["state"],
            "tempo": transport["tempo"],
            "model": state.lineup.name,
            "seed": state.music.seed,
        }

    def _add(self, name: str) -> None:
        if name in self._seats:
            raise ControlError("bad_request", f"there is a deck named {name} already", "name")
        if len(self._seats) >= MOST_DECKS:
            raise ControlError("unavailable", f"this daemon has {MOST_DECKS} decks already; remove one first")
        try:
            self.open(name)
        except BundleError as error:
            raise ControlError("unavailable", str(error)) from None
        self._ask_player_for(name)
        self.changed()

    def _remove(self, name: str) -> None:
        if name == MAIN:
            raise ControlError("bad_request", f"the deck {MAIN} cannot be removed; stop it instead", "name")
        if name not in self._seats:
            raise self._unknown(name, "name")
        self.player.send(RemoveDeck(name))
        seat = self._seats.pop(name)
        seat.conductor.player_lost()
        seat.stage.close()
        seat.conductor.close()
        seat.conductor.deck.close()
        self._left.append(seat.conductor.recorder)
        self._pace()
        self.changed()

    def open(self, name: str) -> Conductor:
        """Make a deck. It waits for the player. Raises BundleError if its sources cannot be played."""
        conductor = self._open(name)
        self._pace()
        return conductor

    def _open(self, name: str) -> Conductor:
        conductor = self._make(name, self.player.sender(name))
        conductor.events.publish = lambda topic, body: self._publish(name, topic, body)
        stage = Stage(conductor, self._library.provider)
        self._seats[name] = Seat(conductor, stage, Handlers(stage))
        conductor.events.ports_are(self._ports)
        conductor.led(self.timekeeping.state, self.timekeeping.tempo, None)
        conductor.telling.clock = self.timekeeping.describe
        conductor.change_session = self.timekeeping.change_session
        return conductor

    def _publish(self, name: str, topic: str, body: Mapping[str, Any]) -> None:
        if len(self._seats) > 1:
            more = {"decks": self.names} if topic == "state" else {}
            body = {**body, "deck": name, **more}
        self.publish(name, topic, body)

    def _pace(self) -> None:
        is_alone = len(self._seats) == 1
        for conductor in self.conductors:
            conductor.feeder.slack_share = 0.0 if is_alone else _SLACK_SHARE

    def changed(self) -> None:
        """Request that the state of all decks is published soon."""
        for conductor in self.conductors:
            conductor.telling.changed()

    def let_go(self) -> None:
        """End all notes that are played in: who will tell of their ends is another one."""
        for seat in self._seats.values():
            seat.stage.listener.hear((), all_off=True)

    # --- the player ---

    def _hear(self, message: FromPlayer) -> None:
        match message:
            case Ports():
                self._note_ports(message)
            case ClockState():
                self._note_clock(message)
            case NoDeck(name, why):
                _log.warning("the player does not play the deck %s: %s", name, why)
                if name in self._seats:
                    self._seats[name].conductor.given_up()
            case Attached(deck=name) if name not in self._seats:
                self.player.send(RemoveDeck(name))
            case Attached():
                self._attach(message)
            # Other messages before Attached are about a removed deck of the same name.
            case DeckMessage(deck=name) if name in self._seats and self._seats[name].conductor.is_attached:
                self._seats[name].conductor.hear(message)
            case _:
                pass

    def _attach(self, attached: Attached) -> None:
        self._note_ports(replace(self._ports, ports=attached.ports, api=attached.api))
        if attached.deck == MAIN:
            self._has_old_player = not attached.is_new
            if attached.is_new:
                self.timekeeping.succeed()
        self._seats[attached.deck].conductor.hear(attached)
        if attached.deck == MAIN:
            for other in self.names[1:]:
                self._ask_player_for(other)

    def _ask_player_for(self, name: str) -> None:
        tempo = self._seats[name].conductor.changes.state.parameters.tempo
        self.player.send(AddDeck(name, self._midi_clock, tempo))

    def _note_clock(self, state: ClockState) -> None:
        before = self.timekeeping.tempo
        is_news = self.timekeeping.hear(state, is_known=self._has_old_player)
        for conductor in self.conductors if is_news else ():
            conductor.led(state, self.timekeeping.tempo, before)

    def _note_ports(self, ports: Ports) -> None:
        if self._ports == ports:
            return
        before, self._ports = self._ports, ports
        for conductor in self.conductors:
            conductor.events.ports_are(ports)
        if before.ports != ports.ports:
            _log.info("ports: %s", ", ".join(f"{name} {state}" for name, state in ports.ports.items()))

    def _lose_player(self) -> None:
        for conductor in self.conductors:
            conductor.player_lost()

    # --- the music ---

    def work(self) -> float | None:
        """Compose at most one tick of each deck. Return the seconds until there is more to do, None for no limit."""
        seats = self._seats.values()
        for seat in seats:
            seat.stage.finish_loading()
            seat.conductor.send_tempo_if_stopped()
        feeders = {name: seat.conductor.feeder for name, seat in self._seats.items()}
        if any(feeder.is_due for feeder in feeders.values()):
            begun = {name: feeder.begin_work() for name, feeder in feeders.items()}
            results = drive({name: steps for name, steps in begun.items() if steps is not None})
            if any([self._end_work(name, results.get(name)) for name in feeders]):  # noqa: C419 - for every deck
                return 0.0
        if any([seat.stage.prime() for seat in seats]):  # noqa: C419 - for every deck
            return 0.0
        waits = [feeder.wait_seconds() for feeder in feeders.values()]
        return min((wait for wait in waits if wait is not None), default=None)

    def _end_work(self, name: str, result: Ticked | Failure | None) -> bool:
        """Take the result of a deck's steps; remove the deck if it cannot even continue with a silent tick."""
        try:
            return self._seats[name].conductor.feeder.end_work(result)
        except Exception:
            if name == MAIN:
                raise
            _log.exception("the deck %s cannot continue and is removed", name)
            self._remove(name)
            return False

    def publish_due(self) -> None:
        """Publish state and health of each deck if it is time."""
        for seat in self._seats.values():
            seat.conductor.publish()
            seat.stage.listener.publish()
        for recorder in self._left:
            recorder.turn()
        self._left = [each for each in self._left if each.is_saving]
        if (now := time.monotonic()) >= self._next_tidy:
            self._next_tidy = now + _TIDY_SECONDS
            self._library.close_all_but(
                {
                    digest
                    for seat in self._seats.values()
                    for digest in seat.conductor.deck.digests() | seat.stage.digests
                }
            )

    @property
    def is_attached(self) -> bool:
        """Whether the first deck knows the position of its player."""
        return self.main.is_attached

    @property
    def is_resting(self) -> bool:
        """Whether no deck plays or records."""
        return all(conductor.is_resting for conductor in self.conductors)

    def close(self, *, in_order: bool) -> None:
        """Stop all decks. If `in_order`, the daemon ends normally: stop the recordings; `edmd play --resume` may go on."""
        if in_order:
            self.player.receive()
            self.player.close()
            for conductor in self.conductors:
                conductor.close(is_kept=True)
        for seat in self._seats.values():
            seat.stage.close()
