"""The system `edm`: its networks, their figures beside baselines, and a bundle with the tables of the songs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from torch import nn

from exporters.onnx import write_bundle
from models import bundle
from models.bundle import Bundle
from models.codecs.bars import PART as PLAN
from models.manifest import PARTS
from models.session import choose_provider, open_session
from training.music import Corpus
from training.networks import TickNetwork
from training.piece import Piece
from training.system import System
from training.systems.edm import barfigures
from training.systems.edm.barlessons import BarLessons, bar_lessons_of
from training.systems.edm.export import export_network
from training.systems.edm.figures import UNIT, likelihoods, measure
from training.systems.edm.lessons import TickLessons, lessons_of
from training.systems.edm.recipe import EdmRecipe
from training.tables import tables


class Edm(System):
    """The melody and the percussion network on one corpus, and the plan network if the recipe has one."""

    def __init__(self, recipe: EdmRecipe, corpus: Corpus[Piece]) -> None:
        self.pieces, self._corpus = corpus.pieces, corpus
        self.lessons: dict[str, TickLessons] = {
            part: lessons_of(part, recipe, corpus.pieces) for part in PARTS
        }
        if recipe.plan:
            self.lessons[PLAN] = bar_lessons_of(recipe.plan, recipe, corpus.pieces)

    def figures(self, name: str, network: nn.Module) -> dict[str, Any]:
        """Return nats per tick on held-out songs, by source."""
        lessons, own = self.lessons[name], cast("TickNetwork", network)
        return (
            barfigures.measure(own, lessons) if isinstance(lessons, BarLessons) else likelihoods(own, lessons)
        )

    def _measured(self, name: str, network: TickNetwork) -> dict[str, Any]:
        """Return the figures of a network beside its baselines."""
        lessons = self.lessons[name]
        return (
            barfigures.measure(network, lessons)
            if isinstance(lessons, BarLessons)
            else measure(network, lessons)
        )

    def finish(
        self,
        folder: Path,
        networks: Mapping[str, nn.Module],
        facts: Mapping[str, Any],
        learned: Mapping[str, Mapping[str, Any]],
    ) -> Bundle:
        """Measure, export and verify the networks."""
        own = {part: cast("TickNetwork", network) for part, network in networks.items()}
        held_out = {part: self._measured(part, network) for part, network in own.items()}
        units = {"unit": UNIT, **({"plan_unit": barfigures.UNIT} if PLAN in own else {})}
        words = {
            **facts,
            "held_out": {**units, **held_out},
            "training": {**facts["training"], **learned},
        }
        exported = [export_network(network, part) for part, network in own.items()]
        write_bundle(folder, exported, tables(self._corpus), words)
        made = bundle.load(str(folder.resolve()))
        for part in own:
            open_session(made, part, choose_provider("cpu", b""))
        return made
