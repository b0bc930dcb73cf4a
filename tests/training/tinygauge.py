"""A gauge bundle of a small random network with three songs, made once for all tests."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from models.songindex import Song
from tests.training.pieces import random_piece
from training.piece import Piece
from training.systems.gauge.export import write_gauge
from training.systems.gauge.figures import index_songs
from training.systems.gauge.network import GaugeNetwork
from training.systems.gauge.recipe import GaugeSize
from training.systems.gauge.songs import GaugeSong, song_of

SMALL = GaugeSize(tick=8, beat=12, embedding=6, layers=2, dropout=0.0)
PAPERS = {"name": "ear", "version": "1", "licence": "CC0 1.0"}
NAMES = ("One", "Two", "Three")


def network() -> GaugeNetwork:
    torch.manual_seed(1)
    return GaugeNetwork(SMALL).eval()


def piece(number: int, ticks: int = 16 * 8, style: str = "edm") -> Piece:
    return random_piece(f"{NAMES[number]}.mid", ticks, number, style)


def song(number: int, ticks: int = 16 * 8, style: str = "edm") -> GaugeSong:
    return song_of(piece(number, ticks, style), {})


@cache
def files() -> dict[str, bytes]:
    """Return every file of the bundle by name."""
    heard = network()
    songs: list[Song] = index_songs(heard, [song(number) for number in range(len(NAMES))])
    with TemporaryDirectory() as folder:
        write_gauge(Path(folder), heard, songs, 0.05, PAPERS)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def write(folder: Path) -> Path:
    """Make a folder and write the bundle into it."""
    folder.mkdir(parents=True)
    for name, content in files().items():
        (folder / name).write_bytes(content)
    return folder
