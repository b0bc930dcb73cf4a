"""A bundle of two small random networks, made once for all tests; on request with a third one for plans."""

import hashlib
import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from exporters.onnx import Exported, write_bundle
from exporters.writing import replacing
from models.arrangement import NOTHING, Arrangement, Loop, dumps
from models.codecs import bars
from models.codecs.condition import SIZES
from models.manifest import ARRANGEMENT, MANIFEST, NETWORK, PARTS
from tests.imports import ROOT
from tests.training.songs import SMALL
from training.networks import TickNetwork
from training.systems.edm.export import declaration_of, export_network
from training.systems.edm.lesson import LAYOUTS

_CODE = ("training", "exporters", "models", "tests/training")
PAPERS = {"name": "tiny", "version": "1", "licence": "CC0 1.0"}
_LOOP = Loop((145, 145, 2192, 2192) * 2, (0, 0, 4, 4) * 2)
ARRANGED = Arrangement({"edm": NOTHING._replace(loops=(_LOOP,)), "classical": NOTHING})
TABLES = {ARRANGEMENT: dumps(ARRANGED)}


def network(part: str, seed: int = 0) -> TickNetwork:
    """Build a random network with weights so large that its output depends on its input."""
    torch.manual_seed(seed)
    made = (
        TickNetwork(bars.LAYOUT, bars.CONDITION, SMALL, bars.LAGS).eval()
        if part == bars.PART
        else TickNetwork(LAYOUTS[part], SIZES[part], SMALL).eval()
    )
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


@cache
def plan_network() -> Exported:
    """Return a random plan network as exported. Only tests that need one wait for its export."""
    path = ROOT / ".pytest_cache" / "tiny" / f"{_sources()}-plan.onnx"
    made = network(bars.PART)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            partial.write_bytes(export_network(made, bars.PART).content)
    return Exported(path.read_bytes(), declaration_of(made, bars.PART))


def write_with_plan(folder: Path) -> Path:
    """Write the bundle with a plan network as a third one into a new folder."""
    manifest = tomllib.loads(files()[1][MANIFEST].decode())
    rows = {row["part"]: row for row in manifest[NETWORK]}
    pair = [
        Exported(
            files()[1][rows[part]["file"]],
            {key: value for key, value in rows[part].items() if key not in ("file", "sha256")},
        )
        for part in PARTS
    ]
    write_bundle(folder, [*pair, plan_network()], TABLES, PAPERS)
    return folder


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
