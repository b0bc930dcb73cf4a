"""A Python client for a running daemon: one method for each op, and the telemetry as an iterator."""

import contextlib
import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, Self

import zmq

from daemon.automation import At
from daemon.control.curvekeys import Pair
from daemon.control.endpoints import is_loopback, reached
from daemon.control.messages import (
    CaptureFormat,
    ModelAction,
    PartName,
    PresetAction,
    RecordAction,
    SceneAction,
    TransportAction,
)
from daemon.control.protocol import OPS, VERSION
from daemon.control.telemetry import TOPICS
from daemon.parameters import Value
from models.notes import BEATS_PER_BAR

CONTROL: Final = "tcp://127.0.0.1:5570"
TELEMETRY: Final = "tcp://127.0.0.1:5571"
_MOST_AT_ONCE: Final = 1000
# The daemon answers these when the work is done, and serves other requests meanwhile.
_SLOW: Final = frozenset(name for name, shape in OPS.items() if shape.is_slow)
_SLOW_SECONDS: Final = 30.0
_PING: Final = b'{"v": 1, "op": "ping"}'
_NEVER_REPEATED: Final = frozenset(name for name, shape in OPS.items() if shape.changes) - {"set"}

Result = dict[str, Any]
Kind = Literal["model", "preset", "scene", "deck"]
"""What a daemon has by name."""


class NoAnswer(Exception):  # noqa: N818 - it says what happened
    """The daemon did not answer in time, or the address is not usable."""


class Refused(Exception):  # noqa: N818 - it says what happened
    """The daemon refused the request. `code` is one of contract section 5, `param` the parameter concerned."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True)
class SetReply:
    """The accepted values, and the beat and bar at which they are heard or their ramp begins.

    If parameters begin at different beats, `effective` has beat and bar by parameter name.
    """

    params: Mapping[str, Value]
    effective_beat: float
    effective: Mapping[str, Result] = field(default_factory=dict)

    @property
    def effective_bar(self) -> int:
        """The bar of `effective_beat`, from 0."""
        return int(self.effective_beat // BEATS_PER_BAR)


class Message(NamedTuple):
    """One telemetry message."""

    topic: str
    body: Result


class Client:
    """Sends requests to the daemon at `endpoint`. Every method can raise NoAnswer or Refused. For one thread only.

    After `timeout_seconds` without an answer the request is sent again, `tries` times in all. Requests whose
    repetition would have an effect are sent once. Slow requests (`model`, `prime`, `record`, ...) have up to 30 s, as
    long as the daemon answers pings. All requests concern the deck `deck`, or the first one. `keys` are those of a client of
    a daemon with CURVE, from `read_client`.
    """

    def __init__(
        self,
        endpoint: str = CONTROL,
        timeout_seconds: float = 1.5,
        tries: int = 2,
        deck: str | None = None,
        keys: Pair | None = None,
    ) -> None:
        self.deck = deck
        self._endpoint, self._keys = reached(endpoint), keys
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
        """Close the connection."""
        self._context.destroy(linger=0)

    def ping(self) -> Result:
        """Return the daemon's version and uptime."""
        return self.request("ping")

    def describe(self) -> Result:
        """Return the description of every op and every parameter."""
        return self.request("describe")

    def get(self, *names: str) -> dict[str, Value]:
        """Return the values of `names`, or of all parameters."""
        params: dict[str, Value] = self.request("get", names=list(names) or None)["params"]
        return params

    def set(
        self, params: Mapping[str, Value], at: At | None = None, over_beats: float | None = None
    ) -> SetReply:
        """Change parameters, by contract name. If one is refused, none is changed."""
        result = self.request("set", params=dict(params), at=at, over=over_beats)
        return SetReply(result["params"], result["effective_beat"], result.get("effective", {}))

    def transport(self, action: TransportAction) -> Result:
        """Play, stop, continue, panic or tap."""
        return self.request("transport", action=action)

    def state(self) -> Result:
        """Return the daemon's whole state."""
        return self.request("state")

    def reseed(self, seed: int | None = None, at: At | None = None) -> Result:
        """Give the models a new state, drawn from `seed`."""
        return self.request("reseed", seed=seed, at=at)

    def record(self, action: RecordAction, path: str | None = None) -> Result:
        """Start or stop a recording. `path` is relative to the recordings folder."""
        return self.request("record", action=action, path=path)

    def model(self, action: ModelAction, name: str | None = None, part: PartName | None = None) -> Result:
        """List the models, or load one by `name`, for everything or for one part."""
        return self.request("model", action=action, name=name, part=part)

    def decks(self) -> list[Result]:
        """Return the decks of the daemon: name, state, tempo, model and seed of each."""
        decks: list[Result] = self.request("deck", action="list")["decks"]
        return decks

    def add_deck(self, name: str) -> Result:
        """Add a deck, which begins stopped."""
        return self.request("deck", action="add", name=name)

    def remove_deck(self, name: str) -> Result:
        """End a deck and remove it."""
        return self.request("deck", action="remove", name=name)

    def preset(
        self,
        action: PresetAction,
        name: str | None = None,
        at: At | None = None,
        over_beats: float | None = None,
        slot: int | None = None,
    ) -> Result:
        """Save the live parameters under `name`, load or delete a preset, or list all presets."""
        return self.request("preset", action=action, name=name, at=at, over=over_beats, slot=slot)

    def morph(
        self,
        first: str,
        second: str,
        position: float | None = None,
        over_beats: float | None = None,
        at: At | None = None,
    ) -> Result:
        """Play between two presets: at a position from 0 to 1, or from the first to the second."""
        pair = {"from": first, "to": second}
        return self.request("morph", **pair, position=position, over=over_beats, at=at)

    def scene(
        self, action: SceneAction, name: str | None = None, slot: int | None = None, at: At | None = None
    ) -> Result:
        """Save, load, list or delete scenes, or load the next one of the setlist."""
        return self.request("scene", action=action, name=name, slot=slot, at=at)

    def capture(self, bars: int, format: CaptureFormat | None = None) -> Result:  # noqa: A002 - the op's word
        """Write the last bars as they were played to a file, and return its path."""
        return self.request("capture", bars=bars, format=format)

    def next_section(self, at: At | None = None) -> Result:
        """Go on to the director's next section."""
        return self.request("next", at=at)

    def fade(self, over_beats: float | None = None, at: At | None = None) -> Result:
        """Fade to silence, then stop."""
        return self.request("fade", over=over_beats, at=at)

    def prime(
        self,
        notes: Sequence[Mapping[str, Any]] | None = None,
        path: str | None = None,
        from_bar: int | None = None,
    ) -> Result:
        """Prime the models with `notes` or with a MIDI file from the recordings folder; they go on from there."""
        return self.request("prime", notes=notes, path=path, from_bar=from_bar)

    def request(self, op: str, /, **fields: Any) -> Result:
        """Send any op and return its result. Fields that are None are left out."""
        frame = self._frame(op, fields)
        if op in _SLOW:
            return self._wait_for(op, frame)
        return _result(self._exchange(frame, 1 if op in _NEVER_REPEATED else self._tries))

    def names(self, kind: Kind) -> list[str]:
        """Return the names of all models, presets, scenes or decks. Asks once, and waits no longer than the timeout."""
        if kind == "model":  # to list them takes longer than to remember them
            available: list[str] = _result(self._exchange(self._frame("state", {}), 1))["models"]["available"]
            return available
        listed = _result(self._exchange(self._frame(kind, {"action": "list"}), 1))[f"{kind}s"]
        return [each if isinstance(each, str) else each["name"] for each in listed]

    def watch(
        self, topics: Sequence[str] = TOPICS, endpoint: str = TELEMETRY, timeout_seconds: float | None = None
    ) -> Iterator[Message]:
        """Yield telemetry messages of `topics` as they arrive.

        Ends after `timeout_seconds` without a message (None: never).
        """
        with self.listen(topics, endpoint) as ear:
            while messages := ear.hear(timeout_seconds):
                yield from messages

    def listen(self, topics: Sequence[str] = TOPICS, endpoint: str = TELEMETRY) -> "Ear":
        """Subscribe to telemetry of `topics`. Call `hear` on the result to receive messages."""
        socket = self._context.socket(zmq.SUB)
        _lock(socket, self._keys)
        return Ear(socket, topics, reached(endpoint, self._endpoint))

    def _frame(self, op: str, fields: Mapping[str, Any]) -> bytes:
        given = {key: value for key, value in {"deck": self.deck, **fields}.items() if value is not None}
        return json.dumps({"v": VERSION, "id": str(next(self._ids)), "op": op, **given}).encode()

    def _connect(self) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self._context.socket(zmq.REQ)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(
            zmq.SNDTIMEO, self._timeout_ms
        )  # a daemon that turns this client away leaves nobody to send to
        _lock(socket, self._keys)
        try:
            socket.connect(self._endpoint)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise NoAnswer(
                f"{self._endpoint} is not an address to connect to: {error.strerror}; write it like {CONTROL}"
            ) from None
        return socket

    def _wait_for(self, op: str, frame: bytes) -> Result:
        """Send once, and wait for up to 30 s while the daemon answers pings."""
        try:
            self._socket.send(frame)
        except zmq.Again:
            self._renew()
            raise NoAnswer(self._no_daemon()) from None
        end = time.monotonic() + _SLOW_SECONDS
        while not self._socket.poll(self._timeout_ms):
            is_alive = self._answers_ping()
            if is_alive and time.monotonic() < end:
                continue
            self._renew()
            if is_alive:
                late = f"has not answered {op} within {_SLOW_SECONDS:g} s; it may still carry it out"
                raise NoAnswer(f"edmd at {self._endpoint} {late}")
            raise NoAnswer(self._no_daemon())
        return _result(self._socket.recv())

    def _answers_ping(self) -> bool:
        """Ping over a second connection, because the first one is waiting for its reply."""
        with self._connect() as socket:
            with contextlib.suppress(zmq.Again):
                socket.send(_PING)
                return bool(socket.poll(self._timeout_ms))
            return False

    def _renew(self) -> None:
        # A REQ socket that got no reply cannot send again, so a new one replaces it.
        self._socket.close(linger=0)
        self._socket = self._connect()

    def _no_daemon(self) -> str:
        if self._keys is not None:
            return f"no edmd answers at {self._endpoint}: none runs there, or it does not know this key (edmd keys list)"
        host = self._endpoint.partition("://")[2].rpartition(":")[0].strip("[]")
        if self._endpoint.startswith("tcp://") and not is_loopback(host):
            return f"no edmd answers at {self._endpoint}: none runs there, or it wants a key (--key FILE)"
        return f"no edmd answers at {self._endpoint}; start one with `edmd play`"

    def _exchange(self, frame: bytes, tries: int) -> bytes:
        for _ in range(tries):
            with contextlib.suppress(zmq.Again):
                self._socket.send(frame)
                if self._socket.poll(self._timeout_ms):
                    return self._socket.recv()
            self._renew()
        raise NoAnswer(self._no_daemon())


def new_pair(server: str = "") -> Pair:
    """Return a new pair of CURVE keys, of a daemon or of a client of the daemon with the public key `server`."""
    public, secret = zmq.curve_keypair()
    return Pair(public.decode(), secret.decode(), server)


def _lock(socket: zmq.Socket[bytes], keys: Pair | None) -> None:
    """Encrypt what a socket sends and receives, and show the keys to the daemon."""
    if keys is not None:
        socket.curve_serverkey = keys.server.encode()
        socket.curve_publickey = keys.public.encode()
        socket.curve_secretkey = keys.secret.encode()


class Ear:
    """A subscription to telemetry. It survives a restart of the daemon. For one thread only."""

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
        """Return the waiting messages. If there are none, wait up to `timeout_seconds` for the first (None: no limit)."""
        messages: list[Message] = []
        if self._socket.poll(None if timeout_seconds is None else round(timeout_seconds * 1000)):
            with contextlib.suppress(zmq.Again):
                while len(messages) < _MOST_AT_ONCE:
                    topic, body = self._socket.recv_multipart(zmq.NOBLOCK)
                    messages.append(Message(topic.decode(), json.loads(body)))
        return messages


def _result(frame: bytes) -> Result:
    reply = json.loads(frame)
    if reply["ok"]:
        result: Result = reply["result"]
        return result
    error = reply["error"]
    raise Refused(error["code"], error["message"], error.get("param"))
