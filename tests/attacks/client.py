"""A hostile client in its own process: it repeats a request, or floods the socket, as fast as it can.

`python -m tests.attacks.client NAME ENDPOINT SECONDS` prints as JSON what it sent and which replies it got.
"""

import contextlib
import itertools
import json
import random
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final
from urllib.parse import urlsplit

import zmq

from daemon.allowance import allow_many_files

Frames = Sequence[bytes]

_WINDOW: Final = 100
_SILENT: Final = 1000
_LARGE: Final = 64 * 1024


def request(op: str, **fields: Any) -> Frames:
    """Return the frames of one request."""
    return [json.dumps({"v": 1, "id": "x", "op": op, **fields}).encode()]


@cache
def notes(count: int = 500) -> list[dict[str, Any]]:
    """Return music to prime with that almost fills a request."""
    return [
        {"beat": number / 8, "length": 0.5, "voice": "lead", "pitch": 50 + number % 24}
        for number in range(count)
    ]


def _preset_save(number: int) -> Frames:
    return request("preset", action="save", name=f"p{number % 400}")


# The function of each attack that makes its request with a given number.
REQUESTS: Final[Mapping[str, Callable[[int], Frames]]] = {
    "ping": lambda _: request("ping"),
    "describe": lambda _: request("describe"),
    "get": lambda _: request("get"),
    "state": lambda _: request("state"),
    "set": lambda n: request("set", params={"swing": n % 50 / 100, "energy": n % 90 / 100}),
    "set-phrase": lambda n: request("set", params={"swing": n % 50 / 100}, at="phrase", over=n % 64),
    "set-tempo": lambda n: request("set", params={"tempo": 120 + n % 20}),
    "reseed-now": lambda n: request("reseed", seed=n, at="now"),
    "reseed-bar": lambda n: request("reseed", seed=n),
    "reseed-phrase": lambda n: request("reseed", seed=n, at="phrase"),
    "play": lambda _: request("transport", action="play"),
    "continue": lambda _: request("transport", action="continue"),
    "panic": lambda _: request("transport", action="panic"),
    "tap": lambda _: request("transport", action="tap"),
    "stop-continue": lambda n: request("transport", action=("stop", "continue")[n % 2]),
    "model-list": lambda _: request("model", action="list"),
    "model-load": lambda _: request("model", action="load", name="edm"),
    "preset-save": _preset_save,
    "preset-list": lambda _: request("preset", action="list"),
    "preset-load": lambda n: request("preset", action="load", name=f"p{n % 400}"),
    "preset-damaged": lambda n: request("preset", action="load", name=("deep", "huge")[n % 2]),
    "preset-delete": lambda n: (_preset_save(n // 2), request("preset", action="delete", name=f"p{n // 2 % 400}"))[n % 2],
    "record": lambda n: request("record", action=("start", "stop")[n % 2], path="take"),
    "prime-notes": lambda _: request("prime", notes=notes()),
    "prime-file": lambda _: request("prime", path="song.mid"),
    "surrogates": lambda n: (
        request("record", action="start", path="a\ud800"),
        request("prime", path="\udfffx.mid"),
        request("preset", action="save", name="p\ud800"),
        request("model", action="load", name="\udc80"),
        [b'{"v":1,"id":"\\ud800","op":"ping"}'],
        request("get", names=["\ud800"]),
        request("set", params={"\ud800": 1}),
    )[n % 7],
    "deep": lambda n: ([b"[" * 60_000], [b'{"a":' * 12_000], [b'{"v":1,"op":"set","params":' + b"[" * 60_000])[n % 3],
    "large": lambda n: [b" " * (_LARGE + 1 + n % 3 * 90_000)],
    "huge": lambda _: [b" " * 8 * 1024 * 1024],
    "many-frames": lambda n: [b"x" * (n % 2 * _LARGE)] * 200,
    "noise": lambda n: [random.Random(n).randbytes(n % 200)],
}  # fmt: skip


# "any" sends all of them in turn, except those that change transport or tempo, and those that make the daemon disconnect.
_LEFT_OUT: Final = {"stop-continue", "play", "tap", "set-tempo", "huge", "many-frames", "noise"}
_IN_TURN: Final = [make for name, make in REQUESTS.items() if name not in _LEFT_OUT]


def _any(number: int) -> Frames:
    return _IN_TURN[number % len(_IN_TURN)](number)


def flood(endpoint: str, seconds: float, make: Callable[[int], Frames]) -> dict[str, Any]:
    """Send the requests of `make`, with at most 100 unanswered ones at a time."""
    codes: Counter[str] = Counter()
    sent = 0
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(endpoint)
        end = time.monotonic() + seconds
        owed, heard = 0, time.monotonic()
        while time.monotonic() < end:
            while owed < _WINDOW:
                try:
                    dealer.send_multipart(list(make(sent)), zmq.NOBLOCK)
                except zmq.Again:
                    break
                sent, owed = sent + 1, owed + 1
            if dealer.poll(5):
                while dealer.poll(0):
                    codes[_code(dealer.recv_multipart()[-1])] += 1
                    owed, heard = max(owed - 1, 0), time.monotonic()
            elif time.monotonic() - heard > 0.2:  # disconnected: the missing replies will not come
                owed, heard = 0, time.monotonic()
    return {"sent": sent, "codes": dict(codes)}


def _code(frame: bytes) -> str:
    reply = json.loads(frame)
    return "ok" if reply["ok"] else str(reply["error"]["code"])


def crowd(endpoint: str, seconds: float, count: int = _SILENT) -> dict[str, Any]:
    """Open many TCP connections that send nothing, and reopen each one that is closed."""
    parts = urlsplit(endpoint)
    opened, end = 0, time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        held: list[socket.socket] = []
        while time.monotonic() < end:
            while len(held) < count and time.monotonic() < end:
                try:
                    made = stack.enter_context(socket.create_connection((parts.hostname, parts.port), 0.2))
                except OSError:
                    break
                made.setblocking(False)
                held.append(made)
                opened += 1
            held = [each for each in held if not _is_closed(each)]
            time.sleep(0.02)
    return {"opened": opened, "held": len(held)}


def _is_closed(sock: socket.socket) -> bool:
    try:
        closed = sock.recv(1024) == b""
    except BlockingIOError:
        return False
    except OSError:
        closed = True
    if closed:
        sock.close()
    return closed


def idlers(endpoint: str, seconds: float, count: int = 600) -> dict[str, Any]:
    """Open many ZeroMQ connections that send nothing after the handshake."""
    with zmq.Context() as context:
        context.set(zmq.MAX_SOCKETS, count + 10)
        for _ in range(count):
            dealer = context.socket(zmq.DEALER)
            dealer.setsockopt(zmq.LINGER, 0)
            dealer.connect(endpoint)
        time.sleep(seconds)
        context.destroy(linger=0)
    return {"opened": count}


def endless(endpoint: str, seconds: float) -> dict[str, Any]:
    """Send one message with endless frames, written as raw bytes of the ZeroMQ protocol."""
    parts, sent = urlsplit(endpoint), 0
    end = time.monotonic() + seconds
    frame = struct.pack(">BQ", 3, _LARGE) + bytes(_LARGE)  # flags: more follow, long size
    while time.monotonic() < end:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((parts.hostname, parts.port), 1.0) as raw,
        ):
            raw.sendall(_greeting())
            while time.monotonic() < end:
                raw.sendall(frame)
                sent += len(frame)
    return {"sent": sent}


def _greeting() -> bytes:
    """Return the opening bytes of ZMTP 3.0 without security, for a DEALER socket."""
    ready = b"\x05READY\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER\x08Identity" + struct.pack(">I", 0)
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    return greeting + bytes([4, len(ready)]) + ready


def subscriptions(endpoint: str, seconds: float) -> dict[str, Any]:
    """Subscribe to endless random topics."""
    sent, end = 0, time.monotonic() + seconds
    with zmq.Context() as context, context.socket(zmq.SUB) as sub:
        sub.setsockopt(zmq.LINGER, 0)
        sub.connect(endpoint)
        for number in itertools.count():
            if time.monotonic() > end:
                break
            sub.subscribe(random.Random(number).randbytes(100))
            sent += 1
    return {"sent": sent}


ATTACKS: Final[Mapping[str, Callable[[str, float], dict[str, Any]]]] = {
    **{name: partial(flood, make=make) for name, make in {**REQUESTS, "any": _any}.items()},
    "crowd": crowd,
    "idlers": idlers,
    "endless": endless,
    "subscriptions": subscriptions,
}


def main(words: Sequence[str]) -> Iterator[str]:
    name, endpoint, seconds = words
    allow_many_files()
    yield "begins\n"
    yield json.dumps(ATTACKS[name](endpoint, float(seconds)))


if __name__ == "__main__":
    for line in main(sys.argv[1:]):
        sys.stdout.write(line)
        sys.stdout.flush()
