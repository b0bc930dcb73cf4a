"""Make this process as punctual as the system allows: real-time scheduling, no garbage collection."""

import gc
import os
import sys
from typing import Final

_FIFO_PRIORITY: Final = 60


def collect_no_garbage() -> None:
    """Switch garbage collection off permanently: the real-time loop makes no cycles, reference counting frees the rest."""
    gc.collect()
    gc.freeze()
    gc.disable()


def become_realtime() -> str:
    """Change the scheduling of this process and return one line that says what the system granted."""
    if sys.platform != "linux":
        return "normal scheduling: edmd uses real-time scheduling on Linux only"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_FIFO_PRIORITY))
    except OSError:
        return (
            "normal scheduling: the system grants no real-time priority; "
            "add your user to the group 'audio' (or 'realtime') with an rtprio limit, and log in again"
        )
    return f"real-time scheduling: FIFO {_FIFO_PRIORITY}"
