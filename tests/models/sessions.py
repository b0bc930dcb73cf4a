"""Sessions of each kind, on the CPU."""

from models.bundle import Bundle
from models.session import Provider, StepSession, open_session
from models.stepping.device import DeviceSession

CPU = Provider("CPUExecutionProvider", "a test")
# The session for a device also runs on the CPU: the same tensors and masks, in host memory.
KINDS = ("host", "device")


def opened(bundle: Bundle, part: str, kind: str, rows: int = 1) -> StepSession:
    """Open a part of a bundle of format 2."""
    if kind == "host":
        return open_session(bundle, part, CPU, rows)
    return DeviceSession(bundle.model(part), bundle.network(part), CPU, rows)
