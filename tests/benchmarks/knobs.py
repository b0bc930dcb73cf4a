"""A desk whose knobs never rest: sends control changes and OSC messages at steady rates; prints how many were sent."""

import json
import socket
import sys
import time
from typing import Any, Final

import rtmidi

from daemon.gateway.osc.packets import encode
from tests.benchmarks.stage import BenchError

CONTROL_PORT: Final = "edmd control"
_SLICE_SECONDS: Final = 0.001
_PATIENCE_SECONDS: Final = 5.0


def turn(port: int, messages: float, changes: float, seconds: float) -> dict[str, float]:
    """Send OSC `messages` and control `changes` a second. `port` is that of OSC."""
    midi: Any = _desk() if changes else None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as osc:
        began, sent, turned = time.perf_counter(), 0, 0
        while (passed := time.perf_counter() - began) < seconds:
            for number in range(sent, due := int(passed * messages)):
                path = ("energy", "density", "swing", "humanize")[number % 4]
                osc.sendto(encode(f"/edmd/norm/{path}", number % 500 / 499), ("127.0.0.1", port))
            sent = due
            for number in range(turned, due := int(passed * changes)):
                midi.send_message([0xB0, 20 + number % 4, number // 4 % 128])
            turned = due
            time.sleep(_SLICE_SECONDS)
    return {"osc": sent / passed, "cc": turned / passed}


def _desk() -> Any:
    """Return a port that is connected to edmd's."""
    midi = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="knobs")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for index, name in enumerate(midi.get_ports()):
            if CONTROL_PORT in name:
                midi.open_port(index)
                return midi
        time.sleep(0.1)
    raise BenchError(f"there is no port {CONTROL_PORT}")


if __name__ == "__main__":
    port, messages, changes, seconds = sys.argv[1:]
    sys.stdout.write(json.dumps(turn(int(port), float(messages), float(changes), float(seconds))) + "\n")
