"""A recipe: which music teaches what, how large the networks are, how long they learn; a TOML file."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from models.codecs.base import STYLES
from models.manifest import PARTS

_FOLDER: Final = Path(__file__).parent / "recipes"
# A style is one the networks are told of, or one they hear without being told which.
ALL_STYLES: Final = (*STYLES, "other")
UNSTATED: Final = "unstated"
_Made = TypeVar("_Made")


class RecipeError(Exception):
    """A recipe that is not there or not one; the text says what to mend."""


@dataclass(frozen=True)
class Source:
    """A named collection of music with one style and one licence.

    `beats` names a file beside each song that tells its beats; `upbeats`: songs may begin with one, untold.
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
        """Whether it is there for its drumming."""
        return self.teaches == ("percussion",)


@dataclass(frozen=True)
class CorpusRules:
    """Which files are good enough, and how often they are heard.

    Shares are of an epoch's ticks, by style; 0 leaves the styles as they are. `song_cap`: no song has more of it.
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
    """How many songs are made by rules, and from which seed on; see `training.synthetic`."""

    songs: int
    seed: int


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
    # Chances that a song is heard in another key, and a voice of it in another octave.
    transpose: float = 0.0
    octave: float = 0.0
    # Ingredients left out, to measure what they are worth: names of `training.streams.INGREDIENTS`.
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """What every recipe has: the music it knows, and what it calls its bundle."""

    name: str
    version: str
    sources: tuple[Source, ...]
    corpus: CorpusRules
    licence: str

    def source_for(self, folder_name: str, style: str | None) -> Source:
        """Return the source of that name, or an unnamed one of the given style (EDM unless told)."""
        for source in self.sources:
            if source.name == folder_name and style in (None, source.style):
                return source
        return Source(folder_name, style or "edm", PARTS, f"files in {folder_name}", UNSTATED)


@dataclass(frozen=True)
class Recipe(Catalogue):
    """Everything `edmd train` does for a pair of networks beyond the folders it is given."""

    melody: NetworkSize
    percussion: NetworkSize
    fit: Fit
    synthetic: Synthetic = Synthetic(songs=0, seed=1)

    def size(self, part: str) -> NetworkSize:
        """Widths of the `melody` or `percussion` network."""
        return self.melody if part == "melody" else self.percussion


def names() -> list[str]:
    """Recipes that are known by name."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load(name: str) -> Recipe:
    """Read a recipe by name, or by the path of a .toml file; RecipeError says what is wrong with it."""
    return made(name, _recipe)


def made(name: str, build: Callable[[Mapping[str, Any]], _Made]) -> _Made:
    """What `build` makes of a recipe's tables; RecipeError for a file that is not there or a ValueError of it."""
    path = path_of(name)
    try:
        return build(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise RecipeError(f"the recipe {path} cannot be used: {error}") from None


def path_of(name: str) -> Path:
    """The file of a recipe; RecipeError when there is none."""
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
    """The fields of a Catalogue; ValueError when they are wrong, or there are tables beside them and `others`."""
    bundle, rows = data.get("bundle"), data.get("source", [])
    known = {"corpus", "bundle", "source", *others}
    head = {**{key: data[key] for key in data if key not in known}, **(bundle or {})}
    _check_keys("the recipe", head, ("name", "version", "licence"))
    if not isinstance(rows, list):
        raise ValueError("[[source]] is a list of tables")
    return {
        **{key: str(head[key]) for key in ("name", "version", "licence")},
        "sources": tuple(source_row(row) for row in rows),
        "corpus": table(CorpusRules, "corpus", data.get("corpus")),
    }


def source_row(row: Mapping[str, Any]) -> Source:
    """Build a Source from its table; ValueError when it is none."""
    source = table(Source, "source", row)
    if source.style not in ALL_STYLES or not source.teaches or not set(source.teaches) <= set(PARTS):
        raise ValueError(
            f"source {source.name} has a style of {', '.join(ALL_STYLES)} and teaches {' or '.join(PARTS)}"
        )
    return source


def table(kind: type[_Made], where: str, row: object) -> _Made:
    """Build a dataclass from a table that has its fields, those with a default or not, each of the right type."""
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
        words = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"knows no {', '.join(unknown)}"] * bool(
            unknown
        )
        raise ValueError(f"{where} {' and '.join(words)}")


def _value(name: str, hint: Any, value: Any) -> Any:
    if hint == tuple[str, ...]:
        fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
        value = tuple(value) if fits else value
    elif hint in (str, bool):
        fits = isinstance(value, hint)
    else:
        # Every number of a recipe is a size, a share or a rate.
        fits = type(value) in ((int, float) if hint is float else (int,)) and value >= 0
    if not fits:
        raise ValueError(f"{name} is {value!r}, not {getattr(hint, '__name__', hint)}")
    return value
