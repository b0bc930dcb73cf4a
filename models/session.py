"""Run single steps of an LSTM in ONNX Runtime.

The state stays on the device in two sets of OrtValues, which are bound alternately as input and output.
"""

import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.bundle import Bundle, BundleError

STATE_NAMES: Final = ("hidden", "cell")
TOKENS: Final = "tokens"
SOURCES: Final = "sources"
_SILENT: Final = 4
_CPU: Final = "CPUExecutionProvider"
_CUDA: Final = "CUDAExecutionProvider"

Array = NDArray[Any]
SavedState = tuple[Array, Array]


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
    ort.set_default_logger_severity(_SILENT)  # a missing GPU is not an error, and one line reports it
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


class TickSession:
    """One network on one device. `step` feeds the small inputs and returns tokens; the state stays on the device."""

    def __init__(self, model: bytes, provider: Provider) -> None:
        providers = [provider.name] if provider.name == _CPU else [provider.name, _CPU]
        self._session = ort.InferenceSession(model, _options(), providers=providers)
        self.device = provider.device
        self._inputs = {each.name: _zeros(each) for each in self._session.get_inputs()}
        self._feeds = {
            name: ort.OrtValue.ortvalue_from_numpy(array, self.device, 0)
            for name, array in self._inputs.items()
            if name not in STATE_NAMES
        }
        self._hosts = [{name: np.array(self._inputs[name]) for name in STATE_NAMES} for _ in range(2)]
        self._states = [self._on_device(host) for host in self._hosts]
        outputs = [each for each in self._session.get_outputs() if each.name in (TOKENS, SOURCES)]
        self._results = {each.name: _zeros(each) for each in outputs}
        self._outputs = {
            name: ort.OrtValue.ortvalue_from_numpy(array) for name, array in self._results.items()
        }
        self._bindings = [self._bind(0, 1), self._bind(1, 0)]
        self._turn = 0

    @property
    def shapes(self) -> dict[str, list[int]]:
        """The shape of every input and output, by name."""
        nodes = [*self._session.get_inputs(), *self._session.get_outputs()]
        return {node.name: list(node.shape) for node in nodes}

    def _on_device(self, host: Mapping[str, Array]) -> dict[str, ort.OrtValue]:
        return {name: ort.OrtValue.ortvalue_from_numpy(array, self.device, 0) for name, array in host.items()}

    def _bind(self, source: int, target: int) -> ort.IOBinding:
        binding = self._session.io_binding()
        for name, value in {**self._feeds, **self._states[source]}.items():
            binding.bind_ortvalue_input(name, value)
        for name in STATE_NAMES:
            binding.bind_ortvalue_output(f"{name}_after", self._states[target][name])
        for name, value in self._outputs.items():
            binding.bind_ortvalue_output(name, value)
        return binding

    def step(self, feeds: Mapping[str, Array]) -> tuple[Array, Array]:
        """Run one tick. Return tokens (S,) and the source that each part chose (P,).

        The next step overwrites both arrays.
        """
        for name, array in feeds.items():
            if self.device == "cpu":
                self._inputs[name][...] = array  # the OrtValue shares this memory
            else:
                self._feeds[name].update_inplace(np.ascontiguousarray(array, self._inputs[name].dtype))
        self._session.run_with_iobinding(self._bindings[self._turn])
        self._turn = 1 - self._turn
        return self._results[TOKENS], self._results[SOURCES]

    def save(self) -> SavedState:
        """Return a copy of the state in host memory."""
        if self.device == "cpu":
            hidden, cell = (np.array(self._hosts[self._turn][name]) for name in STATE_NAMES)
        else:
            hidden, cell = (np.array(self._states[self._turn][name].numpy()) for name in STATE_NAMES)
        return hidden, cell

    def restore(self, saved: SavedState | None) -> None:
        """Continue from a saved state, or from zeros if it is None; it is written in place, so no binding changes."""
        for index, name in enumerate(STATE_NAMES):
            if self.device == "cpu":
                self._hosts[self._turn][name][...] = 0 if saved is None else saved[index]
            else:
                array = np.zeros_like(self._inputs[name]) if saved is None else saved[index]
                self._states[self._turn][name].update_inplace(np.ascontiguousarray(array))


def open_session(bundle: Bundle, part: str, provider: Provider) -> TickSession:
    """Open a part of a bundle.

    Raises BundleError if ONNX Runtime does not load it, or if its tensors are not the declared ones.
    """
    try:
        session = TickSession(bundle.model(part), provider)
    except Exception as error:  # ONNX Runtime may raise any exception here
        reason = str(error).strip().splitlines()[0][:200]
        raise BundleError(
            f"{bundle.folder}: {part} does not load ({reason}); copy or export it again"
        ) from error
    if session.shapes != bundle.tensors(part):
        raise BundleError(
            f"{bundle.folder}: the tensors of {part} are not the declared ones; export it again"
        )
    return session


_DTYPES: Final = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(bool)": np.bool_}


def _zeros(node: Any) -> Array:
    return np.zeros(node.shape, _DTYPES[node.type])
