"""Export a trained gauge to a bundle: its network as ONNX, compared with the original, and its songs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from exporters.onnx import Exported, ExportError, to_onnx, write_bundle
from models.codecs import melody, percussion
from models.codecs.base import Layout
from models.codecs.demands import GAUGE
from models.codecs.gauge import HEARD_TICKS, SONGS, SYSTEM
from models.network import declaration
from models.session import cpu_session
from models.songindex import Song, pack
from training.systems.gauge.network import GaugeNetwork

# Largest difference of a share or a place between network and ONNX file.
TOLERANCE: Final = 1e-4
_CHECKS: Final = 16
_INPUTS: Final = ("melody", "percussion")
_OUTPUTS: Final = ("style", "place")


class OneReading(nn.Module):
    """A gauge for one window: maps melody (128, 10) and percussion (128, 9) to shares (2,) and a place (E,)."""

    def __init__(self, network: GaugeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, tunes: Tensor, beats: Tensor) -> tuple[Tensor, Tensor]:
        """Return the shares of EDM and Classical, which sum to 1, and a unit vector."""
        logit, place = self.network(torch.cat([tunes, beats], dim=1)[None])
        classical = torch.sigmoid(logit)
        return torch.cat([1 - classical, classical]), place[0]


def export_gauge(network: GaugeNetwork) -> bytes:
    """Return a gauge as ONNX bytes. Raises ExportError if their output differs from the network's."""
    network.eval()
    rng = np.random.default_rng(1)
    module = OneReading(network)
    content = to_onnx(module, _example(rng), _INPUTS, _OUTPUTS)
    session = cpu_session(content)
    for _ in range(_CHECKS):
        window = _example(rng)
        fed = dict(zip(_INPUTS, (part.numpy() for part in window), strict=True))
        with torch.inference_mode():
            wanted = module(*window)
        worst = max(
            float(np.abs(got - want.numpy()).max())
            for got, want in zip(session.run(list(_OUTPUTS), fed), wanted, strict=True)
        )
        if worst > TOLERANCE:
            raise ExportError(f"the ONNX file of the gauge differs from its network by {worst:.1e}")
    return content


def _example(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    return _random(melody.LAYOUT, rng), _random(percussion.LAYOUT, rng)


def _random(layout: Layout, rng: np.random.Generator) -> Tensor:
    sizes = np.array([slot.size for slot in layout.slots])
    return torch.from_numpy(rng.integers(0, sizes, (HEARD_TICKS, len(sizes))))


def write_gauge(
    folder: Path,
    network: GaugeNetwork,
    songs: Sequence[Song],
    nearness_temperature: float,
    provenance: Mapping[str, Any],
) -> None:
    """Write a gauge bundle, the manifest last; `provenance` has name, version, licence and the other entries."""
    settings = {
        "embedding": network.place.out_features,
        "nearness_temperature": round(nearness_temperature, 4),
    }
    (codec,) = SYSTEM.codecs
    exported = Exported(export_gauge(network), declaration(codec, SYSTEM.name, settings))
    write_bundle(folder, [exported], {SONGS: pack(songs)}, {"kind": GAUGE, **provenance})
