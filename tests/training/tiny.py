"""A bundle of two small random networks, made once for all tests that need one."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from exporters.onnx import write_bundle
from models.bundle import ChordLoop
from models.codecs.condition import SIZES
from models.manifest import PARTS
from tests.training.songs import SMALL
from training.networks import TickNetwork
from training.streams import LAYOUTS

PAPERS = {"name": "tiny", "version": "1", "licence": "CC0 1.0"}
LOOPS: dict[str, list[ChordLoop]] = {"edm": [(145, 145, 2192, 2192)], "classical": []}


def network(part: str, seed: int = 0) -> TickNetwork:
    """Build a random network, its weights large enough that its choices depend on what it hears."""
    torch.manual_seed(seed)
    made = TickNetwork(LAYOUTS[part], SIZES[part], SMALL).eval()
    with torch.no_grad():
        for weights in made.parameters():
            weights.mul_(2)
    return made


@cache
def files() -> tuple[dict[str, TickNetwork], dict[str, bytes]]:
    """Return the networks by part, and every file of their bundle by name."""
    networks = {part: network(part) for part in PARTS}
    with TemporaryDirectory() as folder:
        write_bundle(Path(folder), networks, LOOPS, PAPERS)
        return networks, {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def write(folder: Path) -> Path:
    """Write the bundle into a folder, which is made."""
    folder.mkdir(parents=True)
    for name, content in files()[1].items():
        (folder / name).write_bytes(content)
    return folder
