"""Open the networks of a bundle for stepping."""

from models.bundle import Bundle, BundleError
from models.network import Network
from models.stepping.device import DeviceSession
from models.stepping.guarded import GuardedSession
from models.stepping.host import HostSession
from models.stepping.rows import Array, Feeds, Outputs, Row, SavedState, StepSession
from models.stepping.runtime import Provider, ProviderError, choose_provider, cpu_session, shapes
from models.stepping.single import SingleSession

__all__ = [
    "Array",
    "Feeds",
    "GuardedSession",
    "Outputs",
    "Provider",
    "ProviderError",
    "Row",
    "SavedState",
    "StepSession",
    "choose_provider",
    "cpu_session",
    "open_session",
    "session_of",
]


def open_session(
    bundle: Bundle, part: str, provider: Provider, rows: int = 1, captures: bool = False
) -> StepSession:
    """Open a part of a bundle with room for some rows; more rows can be claimed. `captures` is for CUDA only.

    Raises BundleError if ONNX Runtime does not load it, or if its tensors are not the declared ones.
    """
    network = bundle.network(part)
    try:
        session = GuardedSession(
            network,
            lambda chosen, count: session_of(bundle.model(part), network, chosen, count, captures),
            provider,
            rows,
        )
    except Exception as error:  # ONNX Runtime may raise any exception here
        reason = str(error).strip().splitlines()[0][:200]
        raise BundleError(
            f"{bundle.folder}: {part} does not load ({reason}); copy or export it again"
        ) from error
    wanted = {name: each.shape for name, each in {**network.graph_inputs, **network.graph_outputs}.items()}
    if shapes(session.session) != wanted:
        raise BundleError(
            f"{bundle.folder}: the tensors of {part} are not the declared ones; export it again"
        )
    return session


def session_of(
    model: bytes, network: Network, provider: Provider, rows: int = 1, captures: bool = False
) -> HostSession | DeviceSession | SingleSession:
    """Open an ONNX file: in host memory on the CPU, on the device otherwise, row by row without a batch axis."""
    if not network.is_batched:
        return SingleSession(model, network, provider, rows)
    if provider.device == "cpu":
        return HostSession(model, network, provider, rows)
    return DeviceSession(model, network, provider, rows, captures)
