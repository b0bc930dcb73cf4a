"""A leash: a process on it ends when its standard input does, and so outlives nobody who started it.

`python -m daemon.panel.parent_watch MODULE WORD...` runs a module on it.
"""

import _thread
import os
import runpy
import signal
import sys
import threading
from typing import Final

_TIDYING_SECONDS: Final = 5.0


def hold() -> None:
    """Put this process on the leash: it ends as by Ctrl-C, so that it tidies up, and soon by force."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started it may have it ignored
    threading.Thread(target=_follow, name="edmd leash", daemon=True).start()


def wait_for_end_of_input() -> None:
    """Return when standard input has ended."""
    # Not through `sys.stdin`: its lock, held by a thread that waits, would hang the end of the program.
    while os.read(0, 4096):
        pass


def _follow() -> None:
    wait_for_end_of_input()
    force = threading.Timer(_TIDYING_SECONDS, os._exit, (1,))
    force.daemon = True
    force.start()
    _thread.interrupt_main()


if __name__ == "__main__":
    hold()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
