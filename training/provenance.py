"""What a bundle says of its origin: licence, data, how long its networks learned."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from training import checkpoints
from training.figures import UNIT
from training.networks import TickNetwork
from training.piece import SYNTHETIC, Piece, teaches
from training.recipe import UNSTATED, Catalogue, Recipe, Source
from training.report import share_of


def provenance(
    name: str,
    recipe: Recipe,
    data: Sequence[Mapping[str, Any]],
    held_out: Mapping[str, Mapping[str, Any]],
    learned: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything a manifest says beyond its files; `data` from `data_rows`, the rest by part."""
    return {
        "name": name,
        "version": recipe.version,
        "licence": licence(recipe, data),
        "recipe": recipe.name,
        "data": list(data),
        "held_out": {"unit": UNIT, **held_out},
        "training": {"torch": torch.__version__, "synthetic_share": _synthetic_share(data), **learned},
    }


def _synthetic_share(data: Sequence[Mapping[str, Any]]) -> float:
    generated = sum(row["ticks"] for row in data if row["name"] == SYNTHETIC)
    return share_of(generated, sum(row["ticks"] for row in data))


def data_rows(sources: Sequence[Source], pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """List the sources of which songs were really used, with their counts."""
    rows = []
    for source in sources:
        own = [p for p in pieces if p.source == source.name and any(teaches(p, part) for part in p.teaches)]
        if own:
            ticks = sum(piece.ticks for piece in own)
            facts: dict[str, Any] = {"title": source.title, "licence": source.licence, "style": source.style}
            facts |= {"credits": list(source.credits)} if source.credits else {}
            rows.append({"name": source.name, **facts, "songs": len(own), "ticks": ticks})
    return rows


def licence(recipe: Catalogue, data: Sequence[Mapping[str, Any]]) -> str:
    """Return the recipe's licence, as far as the licences of the data that was used are known."""
    unstated = [str(row["name"]) for row in data if row["licence"] == UNSTATED]
    if not unstated:
        return recipe.licence
    warning = f"learned from music of unstated licence ({', '.join(unstated)})"
    if len(unstated) == len(data):
        return f"unstated: {warning}"
    return f"{recipe.licence} for what it owes to the other data; also {warning}"


def learned(folder: Path, network: TickNetwork) -> dict[str, Any]:
    """How one network came to be; the minutes only where they were kept."""
    progress = checkpoints.progress(folder)
    facts: dict[str, Any] = {
        "parameters": sum(each.numel() for each in network.parameters()),
        "best_epoch": checkpoints.best_epoch(folder),
    }
    if progress:
        facts["epochs"] = progress.epochs
        if progress.seconds is not None:
            facts["minutes"] = round(progress.seconds / 60, 1)
    return facts
