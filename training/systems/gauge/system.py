"""The gauge as a system: its style temperature, its figures, the index of its songs, and its bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from models.bundle import Bundle
from models.gauge import Gauge
from models.manifest import GAUGE
from models.songindex import pack, unpack
from training.music import Corpus
from training.piece import Piece
from training.system import System
from training.systems.gauge.export import write_gauge
from training.systems.gauge.figures import found_again, index_songs, measure
from training.systems.gauge.lessons import GaugeLessons
from training.systems.gauge.network import GaugeNetwork
from training.systems.gauge.recipe import GaugeRecipe
from training.systems.gauge.songs import deal
from training.systems.gauge.windows import Windows


class GaugeSystem(System):
    """A gauge on one corpus."""

    def __init__(self, recipe: GaugeRecipe, corpus: Corpus[Piece]) -> None:
        self._songs, self.pieces = deal(corpus.pieces, recipe)
        self._lessons = GaugeLessons(recipe, self._songs)
        self.lessons = {GAUGE: self._lessons}

    def figures(self, name: str, network: nn.Module) -> dict[str, Any]:
        """Return the accuracy on held-out songs and on blends of them."""
        del name
        return measure(cast("GaugeNetwork", network), self._songs.test)

    def finish(
        self,
        folder: Path,
        networks: Mapping[str, nn.Module],
        facts: Mapping[str, Any],
        learned: Mapping[str, Mapping[str, Any]],
    ) -> Bundle:
        """Fit the style temperature, measure, export and verify the gauge."""
        network = cast("GaugeNetwork", networks[GAUGE])
        network.style_temperature.fill_(style_temperature(network, self._lessons.blends()))
        songs = self._songs
        index = index_songs(network, songs.train)
        found, nearness = found_again(network, songs.train, unpack(pack(index), network.place.out_features))
        temperature = round(float(network.style_temperature), 3)
        words = {
            **facts,
            "held_out": {**self.figures(GAUGE, network), "found_again": found},
            "training": {**facts["training"], **learned[GAUGE], "style_temperature": temperature},
        }
        write_gauge(folder, network, index, nearness, words)
        return Gauge.load(folder).bundle


@torch.inference_mode()
def style_temperature(network: GaugeNetwork, batch: Windows) -> float:
    """Return the best divisor of the network's style logits between 0.5 and 4. The network's own must still be 1."""
    logit, _ = network(batch.tokens)
    loss = nn.functional.binary_cross_entropy_with_logits
    tried: list[float] = np.geomspace(0.5, 4, 61).tolist()
    return min(tried, key=lambda each: float(loss(logit / each, batch.classical)))
