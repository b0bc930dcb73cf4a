"""A worker: `python -P -m daemon.workers JOB PARENT` does one job and ends.

The worker reads the task, a length and a message, from standard input, which stays open until the parent ends. It writes
the result, one message, to standard output. `daemon/workers/runner.py` starts it. PARENT is the parent's process id.
"""

import importlib
import os
import sys
import traceback
from typing import get_type_hints

import msgspec

from daemon.control.messages import ControlError
from daemon.workers.confinement import confine, end_with_parent
from daemon.workers.jobs import BOUNDS, LENGTH_BYTES, Broken, Done, Refused


def main(name: str, parent: int) -> None:
    """Do the job `name`; never returns."""
    confine(BOUNDS[name])
    length = int.from_bytes(_read(LENGTH_BYTES), "big")
    content = _read(length)
    if BOUNDS[name].ends_with_parent:
        end_with_parent(parent)
    output = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # the output of libraries must not mix with the result
    message = msgspec.msgpack.encode(_outcome(name, content))
    view = memoryview(message)
    while view:
        view = view[os.write(output, view) :]
    os._exit(0)  # no cleaning up, because that could take long


def _outcome(name: str, content: bytes) -> Done[object] | Refused | Broken:
    try:
        work = importlib.import_module(f"daemon.workers.{name}").work
        task = msgspec.msgpack.decode(content, type=get_type_hints(work)["task"])
        return Done(work(task))
    except ControlError as error:
        return Refused(error.code, error.message, error.param)
    except MemoryError:
        return Broken()
    except Exception:  # noqa: BLE001 - the parent logs any error
        return Broken(traceback.format_exc())


def _read(count: int) -> bytes:
    """Read exactly `count` bytes of standard input. End the process if the input ends before that."""
    content = b""
    while len(content) < count:
        more = os.read(0, count - len(content))
        if not more:
            os._exit(1)
        content += more
    return content


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
