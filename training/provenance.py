"""The origin of a bundle: licence, data, length of training."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training import checkpoints
from training.piece import SYNTHETIC, Listed
from training.recipe import UNSTATED, Recipe, Source
from training.report import share_of


def facts(name: str, recipe: Recipe, sources: Sequence[Source], pieces: Sequence[Listed]) -> dict[str, Any]:
    """Return the entries of a manifest that are the same for every system."""
    data = data_rows(sources, pieces)
    return {
        "name": name,
        "version": recipe.version,
        "licence": licence(recipe, data),
        "recipe": recipe.name,
        "data": data,
        "training": {"torch": torch.__version__, "synthetic_share": _synthetic_share(data)},
    }


def _synthetic_share(data: Sequence[Mapping[str, Any]]) -> float:
    generated = sum(row["ticks"] for row in data if row["name"] == SYNTHETIC)
    return share_of(generated, sum(row["ticks"] for row in data))


def data_rows(sources: Sequence[Source], pieces: Sequence[Listed]) -> list[dict[str, Any]]:
    """List the sources whose songs were used, with the numbers of songs and ticks."""
    rows = []
    for source in sources:
        own = [p for p in pieces if p.source == source.name and p.is_used]
        if own:
            ticks = sum(piece.ticks for piece in own)
            facts: dict[str, Any] = {"title": source.title, "licence": source.licence, "style": source.style}
            facts |= {"credits": list(source.credits)} if source.credits else {}
            rows.append({"name": source.name, **facts, "songs": len(own), "ticks": ticks})
    return rows


def licence(recipe: Recipe, data: Sequence[Mapping[str, Any]]) -> str:
    """Return the recipe's licence, with a warning if the licence of some of the data is unknown."""
    unstated = [str(row["name"]) for row in data if row["licence"] == UNSTATED]
    if not unstated:
        return recipe.licence
    warning = f"trained on music of unstated licence ({', '.join(unstated)})"
    if len(unstated) == len(data):
        return f"unstated: {warning}"
    return f"{recipe.licence} for the other data; also {warning}"


def learned(folder: Path, network: nn.Module) -> dict[str, Any]:
    """Return the facts of one network's training; the minutes only if the checkpoint contains them."""
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
