"""Several daemons of one deck each behind one address: what a panel meets in a daemon of several decks."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import zmq

from daemon.client import Client, NoAnswer, Refused

_LOOK_MS = 20


class Decks:
    """Passes each request to the daemon of its deck, and each message on with the name of its deck."""

    def __init__(self, control: str, telemetry: str, daemons: Mapping[str, tuple[str, str]]) -> None:
        """Begin with the first of `daemons`, a name with addresses of control and telemetry; the others can be added."""
        self.asked: list[tuple[str, str]] = []
        self._spare = dict(daemons)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.bind(control)
        self._publisher = self._context.socket(zmq.PUB)
        self._publisher.bind(telemetry)
        self._decks: dict[str, tuple[Client, zmq.Socket[bytes]]] = {}
        self._add(next(iter(daemons)))
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()
        for name in tuple(self._decks):
            self._remove(name)
        self._context.destroy(linger=0)

    def _add(self, name: str) -> None:
        if name in self._decks or name not in self._spare:
            raise Refused("bad_request", f"no deck can be named {name}")
        control, telemetry = self._spare[name]
        subscriber = self._context.socket(zmq.SUB)
        subscriber.connect(telemetry)
        subscriber.setsockopt(zmq.SUBSCRIBE, b"")
        self._decks[name] = Client(control, 10.0), subscriber

    def _remove(self, name: str) -> None:
        client, subscriber = self._decks.pop(name)
        client.close()
        subscriber.close(linger=0)

    def _run(self) -> None:
        while not self._is_over.is_set():
            if self._router.poll(_LOOK_MS):
                identity, _, frame = self._router.recv_multipart()
                self._router.send_multipart(
                    [identity, b"", json.dumps(self._answer(json.loads(frame))).encode()]
                )
            for name, (_, subscriber) in tuple(self._decks.items()):
                while subscriber.poll(0):
                    topic, body = subscriber.recv_multipart()
                    self._publisher.send_multipart([topic, self._named(name, topic, body)])

    def _named(self, name: str, topic: bytes, body: bytes) -> bytes:
        if len(self._decks) == 1:
            return body
        decks = {"decks": list(self._decks)} if topic == b"state" else {}
        return json.dumps({**json.loads(body), "deck": name, **decks}).encode()

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        told = {"v": 1, "id": request.get("id")}
        try:
            return {**told, "ok": True, "result": self._result(request)}
        except Refused as error:
            return {**told, "ok": False, "error": {"code": error.code, "message": str(error)}}
        except NoAnswer as error:
            return {**told, "ok": False, "error": {"code": "unavailable", "message": str(error)}}

    def _result(self, request: dict[str, Any]) -> dict[str, Any]:
        op = request["op"]
        if op == "deck":
            action, name = request["action"], request.get("name", "")
            if action == "add":
                self._add(name)
            elif action == "remove":
                self._remove(name)
            states = {each: client.state()["transport"]["state"] for each, (client, _) in self._decks.items()}
            return {"decks": [{"name": each, "state": state} for each, state in states.items()]}
        name = request.get("deck", next(iter(self._decks)))
        if name not in self._decks:
            raise Refused("bad_request", f"no deck is named {name}")
        fields = {key: value for key, value in request.items() if key not in ("v", "id", "op", "deck")}
        self.asked.append((name, op))
        result = self._decks[name][0].request(op, **fields)
        return {**result, "ops": {**result["ops"], "deck": {}}} if op == "describe" else result
