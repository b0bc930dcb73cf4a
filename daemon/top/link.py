"""The connection of the view to the daemon: a thread that listens, asks, and connects again."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from daemon.client import Client, Ear, NoAnswer, Refused
from daemon.control.curvekeys import Pair
from daemon.parameters import Value
from models.notes import MAIN

_TOPICS: Final = ("tick", "state", "health")
_TIMEOUT_SECONDS: Final = 1.5
_TURN_SECONDS: Final = 0.05
# `health` comes each second: after this silence the daemon is asked whether it is still there.
_SILENCE_SECONDS: Final = 3.0
_AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Facts:
    """The whole state, at the beginning and after a silence."""

    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of telemetry."""

    topic: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Away:
    """No daemon answers."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A request was carried out, or refused."""

    sentence: str
    refused: bool = False


Event = Facts | Heard | Away | Answered


class Link(threading.Thread):
    """Tells each event to `tell`, from its own thread. Any thread may call `ask`, `set` and `end`."""

    def __init__(
        self,
        endpoint: str,
        telemetry: str | None,
        deck: str | None,
        tell: Callable[[Event], Any],
        keys: Pair | None = None,
    ) -> None:
        super().__init__(name="edmd top", daemon=True)
        self._endpoint, self._telemetry, self._deck, self._keys = endpoint, telemetry, deck, keys
        self._tell = tell
        self._asked: queue.SimpleQueue[tuple[str, str, Mapping[str, Any]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._values: dict[str, Value] = {}
        self._ended = threading.Event()

    def ask(self, words: str, op: str, /, **fields: Any) -> None:
        """Send an op soon; `words` say what was done if it is accepted."""
        self._asked.put((words, op, fields))

    def set(self, name: str, value: Value) -> None:
        """Set a parameter soon. Of several values in quick succession only the last is sent."""
        with self._lock:
            self._values[name] = value

    def end(self) -> None:
        """End the thread soon."""
        self._ended.set()

    def run(self) -> None:
        """Connect, again and again."""
        while not self._ended.is_set():
            try:
                with Client(self._endpoint, _TIMEOUT_SECONDS, 1, self._deck, self._keys) as client:
                    self._stay(client)
            except NoAnswer as error:
                self._drop()
                self._tell(Away(str(error)))
            except Refused as error:  # the deck has gone
                self._drop()
                self._tell(Away(f"{error}"))
            self._ended.wait(_AGAIN_SECONDS)

    def _stay(self, client: Client) -> None:
        state = client.state()
        self._tell(Facts(state))
        with client.listen(_TOPICS, self._telemetry or state["telemetry"]) as ear:
            heard = time.monotonic()
            while not self._ended.is_set():
                self._answer(client)
                if self._hear(ear):
                    heard = time.monotonic()
                elif time.monotonic() - heard > _SILENCE_SECONDS:
                    self._tell(Facts(client.state()))
                    heard = time.monotonic()

    def _hear(self, ear: Ear) -> bool:
        messages = [
            each
            for each in ear.hear(_TURN_SECONDS)
            if each.body.get("deck", MAIN) == (self._deck or each.body.get("decks", [MAIN])[0])
        ]
        for topic, body in messages:
            self._tell(Heard(topic, body))
        return bool(messages)

    def _answer(self, client: Client) -> None:
        """Send what was asked for, at most once a turn."""
        with self._lock:
            values, self._values = self._values, {}
        if values:
            self._request(client, "", "set", {"params": values})
        while not self._asked.empty():
            self._request(client, *self._asked.get())

    def _request(self, client: Client, words: str, op: str, fields: Mapping[str, Any]) -> None:
        try:
            result = client.request(op, **fields)
        except Refused as error:
            self._tell(Answered(str(error), refused=True))
            return
        if words:
            bar = f", at bar {result['effective_bar']}" if "effective_bar" in result else ""
            self._tell(Answered(f"{words}{bar}"))

    def _drop(self) -> None:
        """Forget what was asked of a daemon that has gone: nobody expects it of the next one."""
        with self._lock:
            self._values = {}
        while not self._asked.empty():
            self._asked.get()
