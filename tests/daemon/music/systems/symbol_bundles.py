"""Bundles of the systems that play symbols, with small random networks: a stream for each system, and windows."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from exporters.onnx import Exported, to_onnx, write_bundle
from models.codecs import jazz, sequences, vocabulary
from models.codecs.demands import Codec, Settings, Tensors
from models.codecs.symbols import SymbolCodec
from models.codecs.vocabulary import Vocabulary
from models.network import AFTER, ASKED, PACKED, declaration
from models.notes import PULSES_PER_BAR, Note

_SPREAD = 3.0
HIDDEN, LAYERS, WINDOW = 16, 2, 24
_CHORDS = ((0, 4, 7), (2, 5, 9), (0, 5, 9), (2, 7, 11), (0, 4, 9))
_TUNE = tuple(
    Note(480 * beat + shift, length, "lead", 60 + 5 * beat % 12, 80)
    for beat in range(16)
    for shift, length in ((0, 240), (240, 120))
)


def vocabulary_of(system: str) -> Vocabulary:
    """Return a small vocabulary with one opening."""
    codecs = {
        "performance": Vocabulary("performance-voices"),
        "jazz": Vocabulary("jazz-values", jazz.vocabulary_of([jazz.values_of(_TUNE, 4 * PULSES_PER_BAR)])),
        "pop": Vocabulary("pop-notes", _CHORDS),
        "folk": Vocabulary("folk-kern"),
    }
    made = codecs[system]
    codec = sequences.symbols_of(made)
    return made._replace(openings=(tuple(codec.encode(codec.fitted(_TUNE), 4 * PULSES_PER_BAR)),))


class Stream(nn.Module):
    """An LSTM over symbols that may copy a recalled one."""

    def __init__(self, tensors: Tensors, size: int) -> None:
        super().__init__()
        self.sizes = {name: int(np.prod(tensor.shape)) for name, tensor in tensors.inputs.items()}
        self.embed = nn.Embedding(size + 1, HIDDEN)
        self.lstm = nn.LSTM(HIDDEN, HIDDEN, LAYERS, batch_first=True)
        self.features = nn.Linear(self.sizes.get("features", 1), HIDDEN)
        self.out = nn.Linear(HIDDEN, size)

    def forward(self, packed: Tensor, asked: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        """Compute a step of B rows."""
        parts = torch.split(packed, list(self.sizes.values()), dim=1)
        given = dict(zip(self.sizes, parts, strict=True))
        seen = self.embed(given["previous"].long())
        if "features" in given:
            seen = seen + self.features(given["features"])[:, None]
        out, (after, cells) = self.lstm(
            seen, (hidden.transpose(0, 1).contiguous(), cell.transpose(0, 1).contiguous())
        )
        token = _drawn(self.out(out[:, -1]), given)
        source = torch.zeros_like(token)
        if "recalled" in given:
            may = (given["valid"][:, 1:] > 0) & (given["lengths"][:, 1:] + given["copy_bias"] > 3)
            copies = may & (given["uniform"][:, :1] < 0.9)
            token = torch.where(copies, given["recalled"][:, 1:].long(), token)
            source = torch.where(copies, 2, 0)
        keeps = asked.reshape(-1, 1, 1)
        after = torch.where(keeps, after.transpose(0, 1), hidden)
        return token, source, after, torch.where(keeps, cells.transpose(0, 1), cell)


class Window(nn.Module):
    """An LSTM over a window of symbols."""

    def __init__(self, tensors: Tensors, size: int, hidden: int = HIDDEN, layers: int = 1) -> None:
        super().__init__()
        self.sizes = {name: int(np.prod(tensor.shape)) for name, tensor in tensors.inputs.items()}
        self.lstm = nn.LSTM(1, hidden, layers, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, size)
        self.size = size

    def forward(self, packed: Tensor, asked: Tensor) -> tuple[Tensor, ...]:
        """Compute a step of B rows."""
        parts = torch.split(packed, list(self.sizes.values()), dim=1)
        given = dict(zip(self.sizes, parts, strict=True))
        out, _ = self.lstm(given["window"][:, :, None] / self.size)
        token = _drawn(self.out(out[:, -1]), given)
        token = torch.where(asked[:, None], token, 0)
        return token, torch.zeros_like(token)


def _drawn(logits: Tensor, given: dict[str, Tensor]) -> Tensor:
    """Draw from the logits by inversion."""
    chances = torch.softmax(logits / given["temperature"] + given["mask"], dim=1)
    below = (torch.cumsum(chances, 1) <= given["uniform"][:, 1:]).sum(1, keepdim=True)
    return torch.clamp(below, max=logits.shape[1] - 1)


def settings_of(codec: SymbolCodec, *, is_window: bool) -> Settings:
    """Return the settings of a network."""
    if is_window:
        return {"symbols": codec.size, "window": WINDOW}
    recalls = {"recalls": sequences.RECALLS, "features": codec.features}
    return {"symbols": codec.size, "hidden": HIDDEN, "layers": LAYERS, **recalls}


@cache
def exported(system: str, *, is_window: bool = False) -> Exported:
    """Return the random network of a system."""
    codec = sequences.symbols_of(vocabulary_of(system))
    settings = settings_of(codec, is_window=is_window)
    kind: Codec = (sequences.WINDOWS if is_window else sequences.STREAMS)[system]
    tensors = kind.tensors(settings)
    torch.manual_seed(5)
    module = (Window if is_window else Stream)(tensors, codec.size).eval()
    with torch.no_grad():
        for weights in module.parameters():
            weights.mul_(_SPREAD)
    width = sum(int(np.prod(tensor.shape)) for tensor in tensors.inputs.values())
    arguments = [torch.zeros(2, width), torch.ones(2, dtype=torch.bool)]
    arguments += [torch.zeros(2, *state.shape) for state in tensors.states.values()]
    outputs = [*tensors.outputs, *(f"{name}{AFTER}" for name in tensors.states)]
    content = to_onnx(module, tuple(arguments), [PACKED, ASKED, *tensors.states], outputs, is_batched=True)
    return Exported(content, declaration(kind, system, settings))


def write(folder: Path, system: str, *, is_window: bool = False) -> Path:
    """Write a bundle with a random network into a new folder."""
    tables = {vocabulary.TABLE: vocabulary.dumps(vocabulary_of(system))}
    papers = {"name": folder.name, "version": "1", "licence": "CC0 1.0"}
    write_bundle(folder, [exported(system, is_window=is_window)], tables, papers)
    return folder
