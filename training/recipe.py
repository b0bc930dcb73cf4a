"""A recipe: which music teaches what, how large the networks are, how long they learn; read from recipes/NAME.toml."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class Source:
    """A named collection of music with one style and one licence."""

    name: str
    style: str
    teaches: tuple[str, ...]
    title: str
    licence: str


@dataclass(frozen=True)
class CorpusRules:
    """Which files are good enough, and how often they are heard."""

    minimum_ticks: int
    minimum_on_grid: float
    four_on_the_floor_weight: int


@dataclass(frozen=True)
class NetworkSize:
    """Widths of one network."""

    hidden: int
    layers: int
    embedding: int
    mix: int
    dropout: float


@dataclass(frozen=True)
class Fit:
    """How a network learns; `window` in ticks."""

    streams: int
    window: int
    learning_rate: float
    weight_decay: float
    epochs: int
    patience: int
    withhold_plan: float
    withhold_lookback: float


@dataclass(frozen=True)
class Recipe:
    """Everything `edmd train` does beyond the folders it is given."""

    name: str
    version: str
    sources: tuple[Source, ...]
    corpus: CorpusRules
    melody: NetworkSize
    percussion: NetworkSize
    fit: Fit
    licence: str

    def source_for(self, folder_name: str, style: str | None) -> Source:
        """The source of that name, or an unnamed one of the given style (EDM unless told)."""
        for source in self.sources:
            if source.name == folder_name and style in (None, source.style):
                return source
        return Source(folder_name, style or "edm", ("melody", "percussion"), f"files in {folder_name}", "unstated")


def names() -> list[str]:
    """The recipes there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load(name: str) -> Recipe:
    """Read a recipe; raises KeyError with the name when there is none."""
    path = _FOLDER / f"{name}.toml"
    if not path.is_file():
        raise KeyError(name)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Recipe(
        name=data["name"],
        version=data["version"],
        sources=tuple(Source(**{**row, "teaches": tuple(row["teaches"])}) for row in data["source"]),
        corpus=_table(CorpusRules, data["corpus"]),
        melody=_table(NetworkSize, data["melody"]),
        percussion=_table(NetworkSize, data["percussion"]),
        fit=_table(Fit, data["fit"]),
        licence=data["bundle"]["licence"],
    )


def _table(kind: Any, row: dict[str, Any]) -> Any:
    known = {field.name for field in fields(kind)}
    return kind(**{key: value for key, value in row.items() if key in known})
