"""The table of systems; find a recipe by name or path."""

import tomllib
from pathlib import Path
from typing import Any, Final

from msgspec import ValidationError, convert

from training.recipe import RecipeError, sentence
from training.systems.edm.recipe import EdmRecipe
from training.systems.gauge.recipe import GaugeRecipe
from training.systems.sequences.recipe import SequenceRecipe

# A new system adds its folder and the type of its recipe here. The type's tag is the `kind` in a recipe file.
SYSTEMS = EdmRecipe | GaugeRecipe | SequenceRecipe
_USUAL: Final = "edm"
_PUBLISHED: Final = "-published"
_FOLDER: Final = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the included recipes."""
    own = [path.parent.name for path in _FOLDER.glob("*/recipe.toml")]
    return sorted([*own, *(f"{path.parent.name}{_PUBLISHED}" for path in _FOLDER.glob("*/published.toml"))])


def _included(name: str) -> Path:
    """Return the path of an included recipe; that of a published network lies beside the better one."""
    folder, is_published = name.removesuffix(_PUBLISHED), name.endswith(_PUBLISHED)
    return _FOLDER / folder / ("published.toml" if is_published else "recipe.toml")


def load(name: str) -> EdmRecipe | GaugeRecipe | SequenceRecipe:
    """Read a recipe by name or by the path of a .toml file. Raises RecipeError if it is missing or invalid."""
    path = Path(name) if name.endswith(".toml") else _included(name)
    if not path.is_file():
        known = ", ".join(names())
        raise RecipeError(f"there is no recipe {name}; there is {known}, or give the path of a .toml file")
    try:
        return _read(path)
    except RecursionError:
        raise RecipeError(f"the recipe {path} cannot be used: it is nested too deeply") from None


def _read(path: Path) -> EdmRecipe | GaugeRecipe | SequenceRecipe:
    data: dict[str, Any] = {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        recipe: EdmRecipe | GaugeRecipe | SequenceRecipe = convert({"kind": _USUAL, **data}, SYSTEMS)
        usable = {name for network in recipe.networks for name in recipe.ingredients(network)}
        if unknown := set(recipe.fit.without) - usable:
            raise ValueError(
                f"fit.without has {', '.join(sorted(unknown))}, which no network has as an ingredient"
            )
    except ValidationError as error:
        raise RecipeError(f"the recipe {path} cannot be used: {sentence(str(error), data)}") from None
    except (OSError, ValueError) as error:
        raise RecipeError(f"the recipe {path} cannot be used: {error}") from None
    return recipe
