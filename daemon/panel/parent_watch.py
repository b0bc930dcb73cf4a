"""Ends a process when its standard input ends, so that it does not outlive its parent.

`python -m daemon.panel.parent_watch MODULE ARGUMENT...` runs a module in this way.
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
    """End this process when its standard input ends: first as by Ctrl-C, so that it cleans up, then by force."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the parent may ignore SIGINT
    threading.Thread(target=_follow, name="edmd parent watch", daemon=True).start()


def wait_for_end_of_input() -> None:
    """Return when standard input has ended."""
    # `sys.stdin` is not used here: this thread would hold its lock, and the program could not end.
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
