"""A bundle of two small random networks, made once for all tests."""

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from exporters.onnx import write_bundle
from models.arrangement import NOTHING, Arrangement, Loop, dumps
from models.codecs.condition import SIZES
from models.manifest import ARRANGEMENT, PARTS
from tests.imports import ROOT
from tests.training.songs import SMALL
from training.networks import TickNetwork
from training.systems.edm.export import export_network
from training.systems.edm.lesson import LAYOUTS

_CODE = ("training", "exporters", "models", "tests/training")
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
    folder = ROOT / ".pytest_cache" / "tiny" / f"{_sources()}-{seed}"
    if not folder.is_dir():
        _export(networks, folder)
    return networks, {path.name: path.read_bytes() for path in folder.iterdir()}


def _export(networks: dict[str, TickNetwork], folder: Path) -> None:
    """Write the bundle of the networks. Exporting takes many seconds, so later runs of the tests read it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    exported = [export_network(network, part) for part, network in networks.items()]
    with TemporaryDirectory(dir=folder.parent) as place:
        made = Path(place) / "made"
        write_bundle(made, exported, TABLES, PAPERS)
        with suppress(OSError):  # another process has been faster
            made.rename(folder)


@cache
def _sources() -> str:
    """Return a hash of all that a bundle depends on: the code of export, and torch."""
    content = hashlib.sha256(torch.__version__.encode())
    for path in sorted(path for name in _CODE for path in (ROOT / name).rglob("*.py")):
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


def write(folder: Path, seed: int = 0) -> Path:
    """Make a folder and write the bundle into it."""
    folder.mkdir(parents=True)
    for name, content in files(seed)[1].items():
        (folder / name).write_bytes(content)
    return folder
