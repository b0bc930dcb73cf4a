"""Requests of all surfaces on their way to the composer, and the answers on their way back."""

import itertools
import socket
import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from daemon.control.messages import ControlError, Describe, Get, Learn, Op, Ping, Set, State, Transport
from daemon.control.protocol import describe
from daemon.gateway.errands import Errands
from daemon.gateway.pairs import Pairs
from daemon.gateway.panics import Panics
from daemon.gateway.steps import Folders, steps_of
from daemon.gateway.surface import Reply
from daemon.link.channel import Channel
from daemon.link.gateway import (
    AcceptedValues,
    Answered,
    Asked,
    Inner,
    NameModels,
    PresetsChanged,
    Published,
    Refused,
    Swap,
    SwapSystem,
    ToComposer,
    ToGateway,
)
from models.notes import MAIN

# The composer has at most so many requests at once, so that the turn of every client comes soon.
_AT_ONCE: Final = 16
_MOST_WAITING: Final = 1000
_MOST_OF_ONE_CLIENT: Final = 100
# Without a composer for so long, waiting requests are refused.
_PATIENCE_SECONDS: Final = 10.0


# These may be carried out again if it is not known whether they were.
_REPEATABLE: Final = (Get, Set, State, AcceptedValues, NameModels, PresetsChanged, Swap, SwapSystem)


class _Request(NamedTuple):
    op: Op | Inner
    surface: str
    client: Hashable
    reply: Reply
    deck: str = MAIN

    @property
    def is_repeatable(self) -> bool:
        if isinstance(self.op, Transport):
            return self.op.action not in (
                "tap",
                "play",
            )  # a second time they would change the tempo, or start over
        return isinstance(self.op, _REPEATABLE)


class Requests:
    """Clients take turns; the requests of one client keep their order.

    `identity` gives the result of `ping`; `facts` are added to the result of `state`; `learn` carries
    out the op of that name.
    """

    def __init__(
        self,
        identity: Callable[[], Mapping[str, Any]],
        facts: dict[str, str],
        folders: Folders,
        panics: Panics,
        errands: Errands,
        *,
        learn: Callable[[Learn, Reply], None],
    ) -> None:
        self._identity, self._facts, self._folders = identity, facts, folders
        self._panics, self._errands, self._learn = panics, errands, learn
        self._pairs = Pairs()
        # The parameters that do not act, by deck, as the composer has published them, and the descriptions with them.
        self._unheeded: dict[str, Mapping[str, str]] = {}
        self._described: dict[str, Mapping[str, Any]] = {}
        self._plain = describe({})
        # The decks that the composer has published, and their state of transport.
        self._decks = {MAIN: "stopped"}
        self._composer: Channel[ToGateway, ToComposer] | None = None
        self._away_since = time.monotonic()
        self._numbers = itertools.count(1)
        self._waiting: dict[Hashable, deque[_Request]] = {}
        self._count = 0
        self._sent: dict[int, _Request] = {}

    def attach(self, sock: socket.socket) -> None:
        """Use the link to a new composer from now on."""
        deque(self._take_answers(), maxlen=0)
        self._detach()
        self._composer = Channel(sock, ToGateway, "gateway")
        self._send_waiting()

    def fileno(self) -> int | None:
        """Return the number that a poller watches for answers, None without a composer."""
        return None if self._composer is None else self._composer.fileno()

    def ask(self, op: Op | Inner, surface: str, client: Hashable, reply: Reply, deck: str) -> None:
        """Answer what needs no composer; send everything else when its turn comes, or refuse it if too much waits."""
        to_composer = partial(self._add, surface, client, deck)
        match op:
            case Ping():
                reply(self._identity())
            case Describe():
                reply(self._described.get(deck, self._plain))
            case Learn():
                self._learn(op, reply)
            case Transport("panic") if deck in self._decks:
                self._panics.ask(deck)
                reply({"state": self._decks[deck]})
            case _ if (steps := steps_of(op, self._folders, self._pairs)) is not None:
                self._errands.begin(steps, to_composer, reply)
            case _:
                to_composer(op, reply)

    def receive(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Reply with the composer's answers, and yield the topic and the body of what it publishes."""
        yield from self._take_answers()
        if self._composer is None and time.monotonic() - self._away_since > _PATIENCE_SECONDS:
            self._refuse_waiting()
        self._send_waiting()

    def close(self) -> None:
        """Close the link; waiting requests are dropped."""
        if self._composer is not None:
            self._composer.close()

    def _take_answers(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if self._composer is None:
            return
        try:
            for message in self._composer.receive():
                if isinstance(message, Published):
                    self._note_state(message)
                    yield message.topic, message.body
                else:
                    self._settle(message)
        except EOFError:
            self._detach()

    def _note_state(self, published: Published) -> None:
        if published.topic != "state":
            return
        deck, body = published.deck, published.body
        self._forget_all_but({deck, *body.get("decks", [MAIN])})
        self._decks[deck] = body["transport"]["state"]
        unheeded = body.get("unheeded", {})
        if self._unheeded.get(deck, {}) != unheeded:
            self._unheeded[deck], self._described[deck] = unheeded, describe(unheeded)

    def _forget_all_but(self, decks: Collection[str]) -> None:
        """Forget what was published about removed decks."""
        for kept in (self._decks, self._unheeded, self._described):
            for name in [name for name in kept if name not in decks]:
                del kept[name]

    def _add(self, surface: str, client: Hashable, deck: str, op: Op | Inner, reply: Reply) -> None:
        queue = self._waiting.get(client, deque[_Request]())
        if self._count >= _MOST_WAITING or len(queue) >= _MOST_OF_ONE_CLIENT:
            reply(_unavailable("too many requests are waiting; try again in a moment"))
            return
        self._count += 1
        queue.append(_Request(op, surface, client, reply, deck))
        self._waiting[client] = queue
        self._send_waiting()

    def _send_waiting(self) -> None:
        while self._composer is not None and self._waiting and len(self._sent) < _AT_ONCE:
            client, queue = next(iter(self._waiting.items()))
            del self._waiting[client]
            request = queue.popleft()
            self._count -= 1
            if queue:
                self._waiting[client] = queue  # behind all other clients
            number = next(self._numbers)
            self._sent[number] = request
            self._composer.send(Asked(number, request.op, request.surface, request.deck))

    def _settle(self, message: Answered | Refused) -> None:
        request = self._sent.pop(message.number)
        if isinstance(message, Refused):
            request.reply(ControlError(message.code, message.message, message.param))
        else:
            request.reply(message.result | self._facts if isinstance(request.op, State) else message.result)

    def _detach(self) -> None:
        """Forget the composer. The next one gets the requests that were not answered and may be repeated."""
        if self._composer is None:
            return
        self._composer.close()
        self._composer, self._away_since = None, time.monotonic()
        sent, self._sent = [*self._sent.values()], {}
        for request in reversed(sent):
            if request.is_repeatable:
                self._waiting.setdefault(request.client, deque()).appendleft(request)
                self._count += 1
            else:
                request.reply(_unavailable("edmd's composer died; check whether this was done"))

    def _refuse_waiting(self) -> None:
        waiting, self._waiting, self._count = self._waiting, {}, 0
        for request in itertools.chain.from_iterable(waiting.values()):
            request.reply(_unavailable("edmd's composer does not run; its log says why"))


def _unavailable(message: str) -> ControlError:
    return ControlError("unavailable", message)
