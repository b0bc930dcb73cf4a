"""The recipe of a gauge: music, names, widths, how it learns; a TOML file beside those of the models."""

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
    """Widths of a tick, a beat and the song space; how many convolutions over beats."""

    tick: int
    beat: int
    embedding: int
    layers: int
    dropout: float


@dataclass(frozen=True)
class GaugeFit:
    """How a gauge learns; `steps` batches make an epoch."""

    batch: int
    steps: int
    epochs: int
    patience: int
    learning_rate: float
    weight_decay: float
    song_weight: float


@dataclass(frozen=True)
class Chances:
    """How often (0..1) a window is changed while learning."""

    blend: float
    transpose: float
    no_drums: float
    no_voice: float
    late: float


@dataclass(frozen=True)
class GaugeRecipe(Catalogue):
    """Everything `edmd train` does for a gauge; by source, how paths name songs and which are left out."""

    names: Mapping[str, re.Pattern[str]]
    leave_out: Mapping[str, tuple[str, ...]]
    network: GaugeSize
    fit: GaugeFit
    chances: Chances


def is_gauge(name: str) -> bool:
    """Whether a recipe makes a gauge; False also for what is no recipe."""
    try:
        return tomllib.loads(recipes.path_of(name).read_text(encoding="utf-8")).get("kind") == GAUGE
    except (OSError, ValueError, RecipeError):
        return False


def load(name: str) -> GaugeRecipe:
    """Read a gauge's recipe by name or path; RecipeError says what is wrong with it."""
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
    """What a table says of each source; none where there is no such table."""
    rows = data.get(key, {})
    if not isinstance(rows, Mapping) or not all(isinstance(value, kind) for value in rows.values()):
        raise ValueError(f"[{key}] holds a {kind.__name__} for each source")
    return list(rows.items())


def _pattern(source: str, words: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(words)
    except re.error as error:
        raise ValueError(f"names.{source} is no regular expression ({error})") from None
    if not {"title", "credit"} <= pattern.groupindex.keys():
        raise ValueError(f"names.{source} has no groups named title and credit")
    return pattern
