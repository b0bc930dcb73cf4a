"""One ONNX step: an LSTM's state lives on its device as OrtValues, bound in turn as input and output."""

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
    """Where a model runs, and in one clause why there."""

    name: str
    why: str

    @property
    def device(self) -> str:
        """ONNX Runtime's word for where tensors lie."""
        return "cuda" if self.name == _CUDA else "cpu"


class ProviderError(Exception):
    """The provider that was asked for does not work here; the text says why and what to do."""


def choose_provider(wanted: str, probe: bytes) -> Provider:
    """Turn `cpu`, `cuda` or `auto` into a provider: CUDA where `probe`, a model, loads on it, else the CPU.

    ProviderError when `cuda` was asked for and fails.
    """
    if wanted == "cpu":
        return Provider(_CPU, "asked for")
    failure = _cuda_failure(probe)
    if failure is None:
        return Provider(_CUDA, "asked for" if wanted == "cuda" else "a CUDA device runs the model")
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
    ort.set_default_logger_severity(_SILENT)  # a machine without a GPU is no error, and is told in one line
    try:
        session = ort.InferenceSession(probe, _options(), providers=[_CUDA])
    except Exception as error:  # noqa: BLE001 - the provider library raises whatever its loader meets
        return str(error).strip().splitlines()[0][:160]
    # ONNX Runtime falls back to the CPU in silence when the CUDA libraries cannot be loaded.
    return None if session.get_providers()[0] == _CUDA else "the CUDA libraries or a CUDA device are missing"


def _find_cuda_libraries() -> None:
    """Load CUDA and cuDNN from where pip puts them; what is not there is printed, and told by the failure anyway."""
    with contextlib.redirect_stdout(io.StringIO()):
        ort.preload_dlls()


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    # One step is too small to share out: threads would only add wake-up jitter.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    return options


def cpu_session(model: bytes) -> ort.InferenceSession:
    """A model without state on one CPU thread; raises whatever the runtime meets in it."""
    return ort.InferenceSession(model, _options(), providers=[_CPU])


class TickSession:
    """One network on one device.

    `step` feeds the small inputs and returns the chosen tokens; the state never leaves the device.
    """

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
        self._states = [self._state(None), self._state(None)]
        outputs = [each for each in self._session.get_outputs() if each.name in (TOKENS, SOURCES)]
        self._results = {each.name: _zeros(each) for each in outputs}
        self._picked = {
            name: ort.OrtValue.ortvalue_from_numpy(array) for name, array in self._results.items()
        }
        self._bindings = [self._bind(0, 1), self._bind(1, 0)]
        self._turn = 0

    @property
    def shapes(self) -> dict[str, list[int]]:
        """Shape of every input and output by name."""
        nodes = [*self._session.get_inputs(), *self._session.get_outputs()]
        return {node.name: list(node.shape) for node in nodes}

    def _state(self, saved: SavedState | None) -> dict[str, ort.OrtValue]:
        arrays = saved or tuple(self._inputs[name] for name in STATE_NAMES)
        return {
            name: ort.OrtValue.ortvalue_from_numpy(np.array(array), self.device, 0)
            for name, array in zip(STATE_NAMES, arrays, strict=True)
        }

    def _bind(self, source: int, target: int) -> ort.IOBinding:
        binding = self._session.io_binding()
        for name, value in {**self._feeds, **self._states[source]}.items():
            binding.bind_ortvalue_input(name, value)
        for name in STATE_NAMES:
            binding.bind_ortvalue_output(f"{name}_after", self._states[target][name])
        for name, value in self._picked.items():
            binding.bind_ortvalue_output(name, value)
        return binding

    def step(self, feeds: Mapping[str, Array]) -> tuple[Array, Array]:
        """Run one tick: tokens (S,) and the gate each part took (P,), both overwritten by the next step."""
        for name, array in feeds.items():
            if self.device == "cpu":
                self._inputs[name][...] = array  # the OrtValue shares this memory
            else:
                self._feeds[name].update_inplace(np.ascontiguousarray(array, self._inputs[name].dtype))
        self._session.run_with_iobinding(self._bindings[self._turn])
        self._turn = 1 - self._turn
        return self._results[TOKENS], self._results[SOURCES]

    def save(self) -> SavedState:
        """Copy the state to the host."""
        state = self._states[self._turn]
        hidden, cell = (np.array(state[name].numpy()) for name in STATE_NAMES)
        return hidden, cell

    def restore(self, saved: SavedState | None) -> None:
        """Go on from a saved state, or from zeros."""
        self._states = [self._state(saved), self._state(saved)]
        self._bindings = [self._bind(0, 1), self._bind(1, 0)]
        self._turn = 0


def open_session(bundle: Bundle, part: str, provider: Provider) -> TickSession:
    """Open a bundle's part; BundleError when the runtime refuses it or finds other shapes than declared."""
    try:
        session = TickSession(bundle.model(part), provider)
    except Exception as error:  # the runtime raises whatever its graph checks and kernels meet
        reason = str(error).strip().splitlines()[0][:200]
        raise BundleError(
            f"{bundle.folder}: {part} does not load ({reason}); copy or export it again"
        ) from error
    if session.shapes != bundle.tensors(part):
        raise BundleError(f"{bundle.folder}: {part} has other tensors than it declares; export it again")
    return session


_DTYPES: Final = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(bool)": np.bool_}


def _zeros(node: Any) -> Array:
    return np.zeros(node.shape, _DTYPES[node.type])
