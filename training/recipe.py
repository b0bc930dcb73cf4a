"""A recipe in TOML: the music for each network, the sizes of the networks, the length of training."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from models.codecs.base import STYLES
from models.manifest import PARTS

_FOLDER: Final = Path(__file__).parent / "recipes"
# The networks get the style as an input, except "other".
ALL_STYLES: Final = (*STYLES, "other")
UNSTATED: Final = "unstated"
_KINDS: Final = {
    int: "a whole number of at least 0",
    float: "a number of at least 0",
    str: "a text",
    bool: "true or false",
    tuple[str, ...]: "a list of texts",
}
_Made = TypeVar("_Made")


class RecipeError(Exception):
    """A missing or invalid recipe; the message says what to correct."""


@dataclass(frozen=True)
class Source:
    """A named collection of music with one style and one licence.

    `beats` names a file beside each song that lists its beats; `upbeats`: songs may begin with an unmarked upbeat.
    """

    name: str
    style: str
    teaches: tuple[str, ...]
    title: str
    licence: str
    credits: tuple[str, ...] = ()
    beats: str = ""
    upbeats: bool = False

    @property
    def drums_alone(self) -> bool:
        """Whether it teaches only drums."""
        return self.teaches == ("percussion",)


@dataclass(frozen=True)
class CorpusRules:
    """Quality limits for files, and how often songs are used.

    Shares are parts of an epoch's ticks, by style; 0 means no balancing. `song_cap` is the largest part of one song.
    """

    minimum_ticks: int
    minimum_on_grid: float
    four_on_the_floor_weight: int
    edm_share: float = 0.0
    classical_share: float = 0.0
    other_share: float = 0.0
    song_cap: float = 1.0


@dataclass(frozen=True)
class Synthetic:
    """The number of songs made by rules, and the first seed; see `training.synthetic`."""

    songs: int
    seed: int


@dataclass(frozen=True)
class NetworkSize:
    """Sizes of one network."""

    hidden: int
    layers: int
    embedding: int
    mix: int
    dropout: float


@dataclass(frozen=True)
class Fit:
    """How a network is trained; `window` is in ticks."""

    streams: int
    window: int
    learning_rate: float
    weight_decay: float
    epochs: int
    patience: int
    withhold_plan: float
    withhold_lookback: float
    # Probabilities that a song is transposed, and that a voice moves to another octave.
    transpose: float = 0.0
    octave: float = 0.0
    # What is switched off for ablations: names of `training.streams.INGREDIENTS`.
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """The fields of every recipe: its music, and the name of its bundle."""

    name: str
    version: str
    sources: tuple[Source, ...]
    corpus: CorpusRules
    licence: str

    def source_for(self, folder_name: str, style: str | None) -> Source:
        """Return the source of that name, or a new one of the given style (default EDM)."""
        for source in self.sources:
            if source.name == folder_name and style in (None, source.style):
                return source
        return Source(folder_name, style or "edm", PARTS, f"files in {folder_name}", UNSTATED)


@dataclass(frozen=True)
class Recipe(Catalogue):
    """All settings of `edmd train` for a pair of networks, apart from its folders."""

    melody: NetworkSize
    percussion: NetworkSize
    fit: Fit
    synthetic: Synthetic = Synthetic(songs=0, seed=1)

    def size(self, part: str) -> NetworkSize:
        """Return the sizes of the `melody` or the `percussion` network."""
        return self.melody if part == "melody" else self.percussion


def names() -> list[str]:
    """Return the names of the included recipes."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load(name: str) -> Recipe:
    """Read a recipe by name or by the path of a .toml file. Raises RecipeError if it is missing or invalid."""
    return made(name, _recipe)


def made(name: str, build: Callable[[Mapping[str, Any]], _Made]) -> _Made:
    """Call `build` with a recipe's tables. Raises RecipeError if the file is missing or `build` raises ValueError."""
    path = path_of(name)
    try:
        return build(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise RecipeError(f"the recipe {path} cannot be used: {error}") from None


def path_of(name: str) -> Path:
    """Return the file of a recipe. Raises RecipeError if there is none."""
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(names())
        raise RecipeError(f"there is no recipe {name}; there is {known}, or give the path of a .toml file")
    return path


def _recipe(data: Mapping[str, Any]) -> Recipe:
    return Recipe(
        **catalogue(data, ("melody", "percussion", "fit", "synthetic")),
        melody=table(NetworkSize, "melody", data.get("melody")),
        percussion=table(NetworkSize, "percussion", data.get("percussion")),
        fit=table(Fit, "fit", data.get("fit")),
        synthetic=table(Synthetic, "synthetic", data.get("synthetic", {"songs": 0, "seed": 1})),
    )


def catalogue(data: Mapping[str, Any], others: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a Catalogue. Raises ValueError if they are wrong or there are tables not in `others`."""
    bundle, rows = data.get("bundle"), data.get("source", [])
    known = {"corpus", "bundle", "source", *others}
    head = {**{key: data[key] for key in data if key not in known}, **(bundle or {})}
    _check_keys("the recipe", head, ("name", "version", "licence"))
    if not isinstance(rows, list):
        raise ValueError("[[source]] must be a list of tables")
    return {
        **{key: str(head[key]) for key in ("name", "version", "licence")},
        "sources": tuple(source_row(row) for row in rows),
        "corpus": table(CorpusRules, "corpus", data.get("corpus")),
    }


def source_row(row: Mapping[str, Any]) -> Source:
    """Build a Source from its table. Raises ValueError if the table is invalid."""
    source = table(Source, "source", row)
    if source.style not in ALL_STYLES or not source.teaches or not set(source.teaches) <= set(PARTS):
        raise ValueError(
            f"source {source.name} must have one of the styles {', '.join(ALL_STYLES)} and teach {' or '.join(PARTS)}"
        )
    return source


def table(kind: type[_Made], where: str, row: object) -> _Made:
    """Build a dataclass from a table with its fields. Raises ValueError if one is missing, unknown or of a wrong type."""
    if not isinstance(row, Mapping):
        raise ValueError(f"[{where}] is missing")
    hints = get_type_hints(kind)
    given = fields(kind)  # type: ignore[arg-type]
    optional = {field.name for field in given if field.default is not MISSING}
    _check_keys(
        f"[{where}]", row, [field.name for field in given if field.name in row or field.name not in optional]
    )
    return kind(**{key: _value(f"{where}.{key}", hints[key], value) for key, value in row.items()})


def _check_keys(where: str, row: Mapping[str, Any], wanted: Iterable[str]) -> None:
    missing, unknown = sorted(set(wanted) - set(row)), sorted(set(row) - set(wanted))
    if missing or unknown:
        words = [f"lacks {', '.join(missing)}"] * bool(missing) + [
            f"has no setting {', '.join(unknown)}"
        ] * bool(unknown)
        raise ValueError(f"{where} {' and '.join(words)}")


def _value(name: str, hint: Any, value: Any) -> Any:
    if hint == tuple[str, ...]:
        fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
        value = tuple(value) if fits else value
    elif hint in (str, bool):
        fits = isinstance(value, hint)
    else:
        # Every number of a recipe is a size, a share or a rate, so it is not negative.
        fits = type(value) in ((int, float) if hint is float else (int,)) and value >= 0
    if not fits:
        raise ValueError(f"{name} is {value!r}; it must be {_KINDS[hint]}")
    return value
