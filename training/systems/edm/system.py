"""The system `edm`: two networks, their figures beside n-grams, and a bundle with the tables of the songs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from torch import nn

from exporters.onnx import write_bundle
from models import bundle
from models.bundle import Bundle
from models.session import choose_provider, open_session
from training.music import Corpus
from training.networks import TickNetwork
from training.system import System
from training.systems.edm.export import export_network
from training.systems.edm.figures import UNIT, likelihoods, measure
from training.systems.edm.lessons import TickLessons, lessons_of
from training.systems.edm.recipe import EdmRecipe
from training.tables import tables


class Edm(System):
    """The melody and the percussion network on one corpus."""

    def __init__(self, recipe: EdmRecipe, corpus: Corpus) -> None:
        self.pieces, self._corpus = corpus.pieces, corpus
        self.lessons: dict[str, TickLessons] = {
            part: lessons_of(part, recipe, corpus.pieces) for part in recipe.networks
        }

    def figures(self, name: str, network: nn.Module) -> dict[str, Any]:
        """Return nats per tick on held-out songs, by source."""
        return likelihoods(cast("TickNetwork", network), self.lessons[name])

    def finish(
        self,
        folder: Path,
        networks: Mapping[str, nn.Module],
        facts: Mapping[str, Any],
        learned: Mapping[str, Mapping[str, Any]],
    ) -> Bundle:
        """Measure, export and verify both networks."""
        own = {part: cast("TickNetwork", network) for part, network in networks.items()}
        held_out = {part: measure(network, self.lessons[part]) for part, network in own.items()}
        words = {
            **facts,
            "held_out": {"unit": UNIT, **held_out},
            "training": {**facts["training"], **learned},
        }
        exported = [export_network(network, part) for part, network in own.items()]
        write_bundle(folder, exported, tables(self._corpus), words)
        made = bundle.load(str(folder.resolve()))
        for part in own:
            open_session(made, part, choose_provider("cpu", b""))
        return made
