"""ONNX Runtime: choose a provider, and open sessions with options for small steps."""

import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxruntime as ort

_SILENT: Final = 4
_DTYPES: Final[Mapping[str, Any]] = {"float": np.float32, "int64": np.int64, "bool": np.bool_}
_CPU: Final = "CPUExecutionProvider"
_CUDA: Final = "CUDAExecutionProvider"


@dataclass(frozen=True)
class Provider:
    """The ONNX Runtime provider that runs a model, and in one clause the reason for this choice."""

    name: str
    why: str

    @property
    def device(self) -> str:
        """ONNX Runtime's name of the device that holds the tensors."""
        return "cuda" if self.name == _CUDA else "cpu"


class ProviderError(Exception):
    """The requested provider does not work on this machine; the text gives the cause and the remedy."""


def choose_provider(wanted: str, probe: bytes) -> Provider:
    """Return the provider for `cpu`, `cuda` or `auto`. `auto` gives CUDA if the model `probe` loads on it, else the CPU.

    Raises ProviderError if `wanted` is `cuda` and CUDA does not work.
    """
    if wanted == "cpu":
        return Provider(_CPU, "as requested")
    failure = _cuda_failure(probe)
    if failure is None:
        return Provider(_CUDA, "as requested" if wanted == "cuda" else "a CUDA device runs the model")
    if wanted == "cuda":
        raise ProviderError(
            f"CUDA does not work here: {failure}; install edmd with its extra `cuda` (pip install -e '.[cuda]'), "
            "or play with -o play.provider=cpu"
        )
    return Provider(_CPU, f"no CUDA: {failure}")


def _cuda_failure(probe: bytes) -> str | None:
    if _CUDA not in ort.get_available_providers():
        return "this build of ONNX Runtime has no CUDA"
    _find_cuda_libraries()
    ort.set_default_logger_severity(_SILENT)  # a missing GPU is not an error; one line reports it
    try:
        session = ort.InferenceSession(probe, _options(), providers=[_CUDA])
    except Exception as error:  # noqa: BLE001 - the provider library may raise any exception
        return str(error).strip().splitlines()[0][:160]
    # ONNX Runtime falls back to the CPU without a message if the CUDA libraries cannot be loaded.
    return None if session.get_providers()[0] == _CUDA else "the CUDA libraries or a CUDA device are missing"


def _find_cuda_libraries() -> None:
    """Load CUDA and cuDNN from pip's folders. Hide the output about missing libraries, because an error reports them."""
    with contextlib.redirect_stdout(io.StringIO()):
        ort.preload_dlls()


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    # One step is too small to split: threads would only add wake-up jitter.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    return options


def cpu_session(model: bytes) -> ort.InferenceSession:
    """Open a model without state on one CPU thread. Any exception of ONNX Runtime passes through."""
    return ort.InferenceSession(model, _options(), providers=[_CPU])


def new_session(model: bytes, provider: Provider, captures: bool = False) -> ort.InferenceSession:
    """Open a model on a provider. With `captures`, CUDA records each run as a graph and replays it."""
    if provider.name == _CPU:
        return cpu_session(model)
    options = {"enable_cuda_graph": "1"} if captures else {}
    return ort.InferenceSession(model, _options(), providers=[(provider.name, options), _CPU])


def graph_run(number: int) -> ort.RunOptions:
    """Return the options of runs that share one captured graph; each binding needs a number of its own."""
    options = ort.RunOptions()
    options.add_run_config_entry("gpu_graph_id", str(number + 1))
    return options


def dtype_of(kind: str) -> Any:
    """Return numpy's type for an element type of `models.onnxfile`."""
    return _DTYPES[kind]


def shapes(session: ort.InferenceSession) -> dict[str, list[int]]:
    """Return the shape of every input and output that ONNX Runtime found, by name; -1 for an open size."""
    nodes = [*session.get_inputs(), *session.get_outputs()]
    return {node.name: [size if isinstance(size, int) else -1 for size in node.shape] for node in nodes}
