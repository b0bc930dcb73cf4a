"""A Python client of a running daemon: one method for each op, and its telemetry as an iterator."""

import contextlib
import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self

import zmq

from daemon.automation import At
from daemon.control.messages import ModelAction, PresetAction, RecordAction, TransportAction
from daemon.control.protocol import VERSION
from daemon.control.telemetry import TOPICS
from daemon.parameters import Value
from models.notes import BEATS_PER_BAR

CONTROL: Final = "tcp://127.0.0.1:5570"
TELEMETRY: Final = "tcp://127.0.0.1:5571"
_MOST_AT_ONCE: Final = 1000
# These read files or load models. The daemon answers when the work is done and serves other requests meanwhile.
_SLOW: Final = frozenset({"model", "prime", "record"})
_SLOW_SECONDS: Final = 30.0
_PING: Final = b'{"v": 1, "op": "ping"}'
_NEVER_REPEATED: Final = frozenset({"transport", "reseed", "record", "model", "preset", "prime"})

Result = dict[str, Any]


class NoAnswer(Exception):  # noqa: N818 - it says what happened
    """Nobody answered in time."""


class Refused(Exception):  # noqa: N818 - it says what happened
    """The daemon refused the request; `code` is one of contract section 5, `param` what it is about."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True)
class SetReply:
    """What was accepted, and the beat and bar at which it is heard, or its ramp begins.

    `effective` tells beat and bar by name where parameters begin at different ones.
    """

    params: Mapping[str, Value]
    effective_beat: float
    effective: Mapping[str, Result] = field(default_factory=dict)

    @property
    def effective_bar(self) -> int:
        """The bar of that beat, from 0."""
        return int(self.effective_beat // BEATS_PER_BAR)


class Message(NamedTuple):
    """One telemetry message."""

    topic: str
    body: Result


class Client:
    """Talks to the daemon at `endpoint`; every method raises NoAnswer or Refused. One thread only.

    A request is sent again after `timeout_seconds` of silence, `tries` times in all, unless doing it twice
    would differ from doing it once. Slow requests (`model`, `prime`, `record`) are waited for up to 30 s, as long
    as the daemon answers pings.
    """

    def __init__(self, endpoint: str = CONTROL, timeout_seconds: float = 1.5, tries: int = 2) -> None:
        self._endpoint = endpoint
        self._timeout_ms = round(timeout_seconds * 1000)
        self._tries = tries
        self._ids = itertools.count(1)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._context.destroy(linger=0)

    def ping(self) -> Result:
        """Ask for a sign of life: version and uptime."""
        return self.request("ping")

    def describe(self) -> Result:
        """Ask for every op and every parameter."""
        return self.request("describe")

    def get(self, *names: str) -> dict[str, Value]:
        """Ask for the values of `names`, or of all parameters."""
        params: dict[str, Value] = self.request("get", names=list(names) or None)["params"]
        return params

    def set(
        self, params: Mapping[str, Value], at: At | None = None, over_beats: float | None = None
    ) -> SetReply:
        """Change parameters by contract name, all or nothing."""
        result = self.request("set", params=dict(params), at=at, over=over_beats)
        return SetReply(result["params"], result["effective_beat"], result.get("effective", {}))

    def transport(self, action: TransportAction) -> Result:
        """Play, stop, continue, panic or tap."""
        return self.request("transport", action=action)

    def state(self) -> Result:
        """Ask for everything that is the case."""
        return self.request("state")

    def reseed(self, seed: int | None = None, at: At | None = None) -> Result:
        """Give the models a fresh state."""
        return self.request("reseed", seed=seed, at=at)

    def record(self, action: RecordAction, path: str | None = None) -> Result:
        """Start or stop a recording; `path` is inside the recordings folder."""
        return self.request("record", action=action, path=path)

    def model(self, action: ModelAction, name: str | None = None) -> Result:
        """List the model bundles, or load another."""
        return self.request("model", action=action, name=name)

    def preset(
        self,
        action: PresetAction,
        name: str | None = None,
        at: At | None = None,
        over_beats: float | None = None,
    ) -> Result:
        """Save the live parameters under a name, load them, list all names, or delete one."""
        return self.request("preset", action=action, name=name, at=at, over=over_beats)

    def prime(
        self,
        notes: Sequence[Mapping[str, Any]] | None = None,
        path: str | None = None,
        from_bar: int | None = None,
    ) -> Result:
        """Let the models hear `notes`, or a MIDI file inside the recordings folder, before they go on."""
        return self.request("prime", notes=notes, path=path, from_bar=from_bar)

    def request(self, op: str, /, **fields: Any) -> Result:
        """Send any op; keys that are None are left out."""
        identity = str(next(self._ids))
        given = {key: value for key, value in fields.items() if value is not None}
        frame = json.dumps({"v": VERSION, "id": identity, "op": op, **given}).encode()
        if op in _SLOW:
            return self._wait_for(op, frame)
        return _result(self._exchange(frame, 1 if op in _NEVER_REPEATED else self._tries))

    def watch(
        self, topics: Sequence[str] = TOPICS, endpoint: str = TELEMETRY, timeout_seconds: float | None = None
    ) -> Iterator[Message]:
        """Telemetry of `topics` as it comes, until the iterator is closed.

        It ends after `timeout_seconds` without a message; None waits for ever.
        """
        with self.listen(topics, endpoint) as ear:
            while messages := ear.hear(timeout_seconds):
                yield from messages

    def listen(self, topics: Sequence[str] = TOPICS, endpoint: str = TELEMETRY) -> "Ear":
        """Subscribe to telemetry of `topics`; what comes is heard when it is asked for."""
        return Ear(self._context.socket(zmq.SUB), topics, endpoint)

    def _connect(self) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self._context.socket(zmq.REQ)
        socket.setsockopt(zmq.LINGER, 0)
        try:
            socket.connect(self._endpoint)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise NoAnswer(
                f"{self._endpoint} is no address to connect to: {error.strerror}; write it like {CONTROL}"
            ) from None
        return socket

    def _wait_for(self, op: str, frame: bytes) -> Result:
        """Send once, and wait as long as the daemon answers pings."""
        self._socket.send(frame)
        end = time.monotonic() + _SLOW_SECONDS
        while not self._socket.poll(self._timeout_ms):
            is_there = self._is_there()
            if is_there and time.monotonic() < end:
                continue
            self._renew()
            if is_there:
                late = f"has not answered {op} within {_SLOW_SECONDS:g} s; it may still carry it out"
                raise NoAnswer(f"edmd at {self._endpoint} {late}")
            raise NoAnswer(self._nobody())
        return _result(self._socket.recv())

    def _is_there(self) -> bool:
        """Ping by a connection of its own: the other one still waits."""
        with self._connect() as socket:
            socket.send(_PING)
            return bool(socket.poll(self._timeout_ms))

    def _renew(self) -> None:
        # A REQ socket that got no answer cannot ask again: only a new one can.
        self._socket.close(linger=0)
        self._socket = self._connect()

    def _nobody(self) -> str:
        return f"no edmd answers at {self._endpoint}; start one with `edmd play`"

    def _exchange(self, frame: bytes, tries: int) -> bytes:
        for _ in range(tries):
            self._socket.send(frame)
            if self._socket.poll(self._timeout_ms):
                return self._socket.recv()
            self._renew()
        raise NoAnswer(self._nobody())


class Ear:
    """A subscription, kept while nothing comes and while the daemon is away; of one thread."""

    def __init__(self, socket: zmq.Socket[bytes], topics: Sequence[str], endpoint: str) -> None:
        self._socket = socket
        for topic in topics:
            socket.subscribe(topic)
        socket.connect(endpoint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close(linger=0)

    def hear(self, timeout_seconds: float | None = None) -> list[Message]:
        """All that has come; where nothing has, the first that comes in time, None waits for ever."""
        heard: list[Message] = []
        if self._socket.poll(None if timeout_seconds is None else round(timeout_seconds * 1000)):
            with contextlib.suppress(zmq.Again):
                while len(heard) < _MOST_AT_ONCE:
                    topic, body = self._socket.recv_multipart(zmq.NOBLOCK)
                    heard.append(Message(topic.decode(), json.loads(body)))
        return heard


def _result(frame: bytes) -> Result:
    reply = json.loads(frame)
    if reply["ok"]:
        result: Result = reply["result"]
        return result
    error = reply["error"]
    raise Refused(error["code"], error["message"], error.get("param"))
