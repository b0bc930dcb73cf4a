"""Bundles of the systems that play symbols, with small random networks of both kinds: streams and windows."""

from functools import cache
from pathlib import Path

import torch

from exporters.onnx import Exported, write_bundle
from models.codecs import jazz, sequences, vocabulary
from models.codecs.demands import Settings
from models.codecs.symbols import SymbolCodec
from models.codecs.vocabulary import Vocabulary
from models.notes import PULSES_PER_BAR, Note
from training.systems.sequences.export import export_network
from training.systems.sequences.networks import StreamNetwork, WindowNetwork
from training.systems.sequences.recipe import StreamSize, WindowSize

# Larger weights than at random make the output depend on the input.
_SPREAD = 3.0
WINDOW = 24
_STREAM = StreamSize(hidden=16, layers=2, embedding=16, features=True, recalls=True, tied=True)
_WINDOW = WindowSize(hidden=12, layers=1, bidirectional=True)
_BARS = 4
_CHORDS = ((0, 4, 7), (2, 5, 9), (0, 5, 9), (2, 7, 11), (0, 4, 9))
_TUNE = tuple(
    Note(480 * beat + shift, length, "lead", 60 + 5 * beat % 12, 80)
    for beat in range(4 * _BARS)
    for shift, length in ((0, 240), (240, 120))
)


def vocabulary_of(system: str) -> Vocabulary:
    """Return a small vocabulary with one opening."""
    end = _BARS * PULSES_PER_BAR
    made = {
        "performance": Vocabulary("performance-voices"),
        "jazz": Vocabulary("jazz-values", jazz.vocabulary_of([jazz.values_of(_TUNE, end)])),
        "pop": Vocabulary("pop-notes", _CHORDS),
        "folk": Vocabulary("folk-kern"),
    }[system]
    codec = sequences.symbols_of(made)
    return made._replace(openings=(tuple(codec.encode(codec.fitted(_TUNE), end)),))


def settings_of(codec: SymbolCodec, *, is_window: bool) -> Settings:
    """Return the settings of a network in a manifest."""
    if is_window:
        return {"symbols": codec.size, "window": WINDOW}
    sizes = {"hidden": _STREAM.hidden, "layers": _STREAM.layers}
    return {"symbols": codec.size, **sizes, "features": codec.features, "recalls": sequences.RECALLS}


@cache
def exported(system: str, *, is_window: bool = False) -> Exported:
    """Return the random network of a system."""
    codec = sequences.symbols_of(vocabulary_of(system))
    torch.manual_seed(5)
    made = (
        WindowNetwork(_WINDOW, codec.size)
        if is_window
        else StreamNetwork(_STREAM, codec.size, codec.features)
    )
    with torch.no_grad():
        for weights in made.parameters():
            weights.mul_(_SPREAD)
    return export_network(made.eval(), system, WINDOW)


def write(folder: Path, system: str, *, is_window: bool = False) -> Path:
    """Write a bundle with a random network into a new folder."""
    tables = {vocabulary.TABLE: vocabulary.dumps(vocabulary_of(system))}
    papers = {"name": folder.name, "version": "1", "licence": "CC0 1.0"}
    write_bundle(folder, [exported(system, is_window=is_window)], tables, papers)
    return folder
