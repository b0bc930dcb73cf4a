"""The recipe of a gauge in TOML: music, song names, sizes, training."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.manifest import GAUGE
from training import recipe as recipes
from training.recipe import Catalogue, RecipeError, table

_TABLES: Final = ("kind", "names", "leave_out", "network", "fit", "chances")


@dataclass(frozen=True)
class GaugeSize:
    """Widths of a tick, a beat and the song space; the number of convolutions over beats."""

    tick: int
    beat: int
    embedding: int
    layers: int
    dropout: float


@dataclass(frozen=True)
class GaugeFit:
    """How a gauge is trained; an epoch has `steps` batches."""

    batch: int
    steps: int
    epochs: int
    patience: int
    learning_rate: float
    weight_decay: float
    song_weight: float


@dataclass(frozen=True)
class Chances:
    """Probabilities (0..1) of each change to a training window."""

    blend: float
    transpose: float
    no_drums: float
    no_voice: float
    late: float


@dataclass(frozen=True)
class GaugeRecipe(Catalogue):
    """All settings of `edmd train` for a gauge; `names` and `leave_out` are by source."""

    names: Mapping[str, re.Pattern[str]]
    leave_out: Mapping[str, tuple[str, ...]]
    network: GaugeSize
    fit: GaugeFit
    chances: Chances


def is_gauge(name: str) -> bool:
    """Return whether a recipe is for a gauge; False also if there is no valid recipe."""
    try:
        return tomllib.loads(recipes.path_of(name).read_text(encoding="utf-8")).get("kind") == GAUGE
    except (OSError, ValueError, RecipeError):
        return False


def load(name: str) -> GaugeRecipe:
    """Read a gauge's recipe by name or path. Raises RecipeError if it is missing or invalid."""
    return recipes.made(name, _recipe)


def _recipe(data: Mapping[str, Any]) -> GaugeRecipe:
    return GaugeRecipe(
        **recipes.catalogue(data, _TABLES),
        names={source: _pattern(source, words) for source, words in _rows(data, "names", str)},
        leave_out={source: tuple(map(str, paths)) for source, paths in _rows(data, "leave_out", list)},
        network=table(GaugeSize, "network", data.get("network")),
        fit=table(GaugeFit, "fit", data.get("fit")),
        chances=table(Chances, "chances", data.get("chances")),
    )


def _rows(data: Mapping[str, Any], key: str, kind: type) -> list[tuple[str, Any]]:
    """Return a table's entries by source; none if there is no such table."""
    rows = data.get(key, {})
    if not isinstance(rows, Mapping) or not all(isinstance(value, kind) for value in rows.values()):
        raise ValueError(f"[{key}] must have a {'text' if kind is str else 'list'} for each source")
    return list(rows.items())


def _pattern(source: str, words: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(words)
    except re.error as error:
        raise ValueError(f"names.{source} is not a regular expression ({error})") from None
    if not {"title", "credit"} <= pattern.groupindex.keys():
        raise ValueError(f"names.{source} must have groups named title and credit")
    return pattern
