"""A client that sends `set` requests at a steady rate without waiting for answers; prints how many were answered."""

import json
import sys
import time
from typing import Final

import zmq

_SLICE_SECONDS: Final = 0.001
_MOST_WAITING: Final = 2000


def flood(endpoint: str, rate: float, seconds: float) -> dict[str, float]:
    """Send `rate` requests a second for `seconds`, fewer if more than 2,000 answers are outstanding."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(endpoint)
        began, sent, answered, refused = time.perf_counter(), 0, 0, 0
        while (passed := time.perf_counter() - began) < seconds:
            due = min(int(passed * rate), answered + _MOST_WAITING)
            for number in range(sent, due):
                dealer.send(_request(number))
            sent = max(sent, due)
            while dealer.poll(0):
                answered += 1
                refused += b'"ok": true' not in (reply := dealer.recv()) and b'"ok":true' not in reply
            time.sleep(_SLICE_SECONDS)
        return {"rate": answered / passed, "sent": sent, "answered": answered, "refused": refused}


def _request(number: int) -> bytes:
    mix = number % 100 / 100
    return b'{"v":1,"id":"%d","op":"set","params":{"classical_mix":%.2f,"energy":%.2f}}' % (number, mix, mix)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(flood(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))) + "\n")
