"""A bundle of two small random networks, made once for all tests."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from exporters.onnx import write_bundle
from models.arrangement import NOTHING, Arrangement, Loop, dumps
from models.codecs.condition import SIZES
from models.manifest import ARRANGEMENT, PARTS
from tests.training.songs import SMALL
from training.networks import TickNetwork
from training.systems.edm.export import export_network
from training.systems.edm.streams import LAYOUTS

PAPERS = {"name": "tiny", "version": "1", "licence": "CC0 1.0"}
_LOOP = Loop((145, 145, 2192, 2192) * 2, (0, 0, 4, 4) * 2)
ARRANGED = Arrangement({"edm": NOTHING._replace(loops=(_LOOP,)), "classical": NOTHING})
TABLES = {ARRANGEMENT: dumps(ARRANGED)}


def network(part: str, seed: int = 0) -> TickNetwork:
    """Build a random network with weights so large that its output depends on its input."""
    torch.manual_seed(seed)
    made = TickNetwork(LAYOUTS[part], SIZES[part], SMALL).eval()
    with torch.no_grad():
        for weights in made.parameters():
            weights.mul_(2)
    return made


@cache
def files(seed: int = 0) -> tuple[dict[str, TickNetwork], dict[str, bytes]]:
    """Return the networks by part, and every file of their bundle by name."""
    networks = {part: network(part, seed) for part in PARTS}
    with TemporaryDirectory() as folder:
        exported = [export_network(network, part) for part, network in networks.items()]
        write_bundle(Path(folder), exported, TABLES, PAPERS)
        return networks, {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def write(folder: Path, seed: int = 0) -> Path:
    """Make a folder and write the bundle into it."""
    folder.mkdir(parents=True)
    for name, content in files(seed)[1].items():
        (folder / name).write_bytes(content)
    return folder
