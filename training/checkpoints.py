"""Checkpoints of a network: read them, find how far training is, follow a moved folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from torch import nn

from models.bundle import Bundle
from training.errors import TrainingError
from training.system import Lessons

BEST: Final = "best.ckpt"
LAST: Final = "last.ckpt"
_NETWORK: Final = "network."


class Progress(NamedTuple):
    """How far training is: epochs done, seconds if known, whether validation stopped improving."""

    epochs: int
    seconds: float | None
    settled: bool


def read(path: Path) -> dict[str, Any]:
    """Load a checkpoint's plain values and tensors. Raises TrainingError if it is damaged."""
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes can raise any exception
        raise TrainingError(f"the checkpoint {path} cannot be read; start again with --fresh") from error
    return saved


def network_of(lessons: Lessons, path: Path) -> nn.Module:
    """Build the network of a checkpoint, ready for export or measurement."""
    saved = read(path)
    network = lessons.network(saved["hyper_parameters"])
    own = {key: value for key, value in saved["state_dict"].items() if key.startswith(_NETWORK)}
    network.load_state_dict({key.removeprefix(_NETWORK): value for key, value in own.items()})
    return network.eval()


def take_over(network: nn.Module, lessons: Lessons, start: Path | Bundle) -> None:
    """Load the best network of another folder, or that of a bundle if it has one.

    Raises TrainingError if the folder has none, or a network has other sizes.
    """
    if isinstance(start, Bundle):
        lessons.begin_with(network, start)
    else:
        _take_over_best(network, lessons, start)


def _take_over_best(network: nn.Module, lessons: Lessons, folder: Path) -> None:
    if not (folder / BEST).is_file():
        raise TrainingError(
            f"{folder} contains no {BEST} to start with; give the folder of a training's checkpoints"
        )
    try:
        network.load_state_dict(network_of(lessons, folder / BEST).state_dict())
    except RuntimeError as error:
        raise TrainingError(
            f"{folder} contains a network of other sizes than the recipe's; leave out --start"
        ) from error


def progress(folder: Path) -> Progress | None:
    """Return how far the network of a folder is trained; None if there is no checkpoint."""
    if not (folder / LAST).is_file():
        return None
    saved = read(folder / LAST)
    stops = [state for state in saved["callbacks"].values() if "wait_count" in state]
    settled = any(state["wait_count"] >= state["patience"] for state in stops)
    return Progress(saved["epoch"] + 1, saved.get("seconds"), settled)


def best_epoch(folder: Path) -> int:
    """Return the epoch of the best network, counted from 1."""
    return int(read(folder / BEST)["epoch"]) + 1


def check_fits(folder: Path, lessons: Lessons, name: str = LAST) -> None:
    """Raise TrainingError if a checkpoint of the folder contains another network than that of the lessons."""
    settings = read(folder / name)["hyper_parameters"]
    if any(settings.get(name) != value for name, value in lessons.settings.items()):
        other = "sizes or songs" if "songs" in lessons.settings else "sizes"
        raise TrainingError(
            f"{folder} contains a network of other {other} than the recipe's {lessons.name}; "
            "give the recipe and the music that it was trained with, or start again with --fresh"
        )


def follow_folder(states: Mapping[str, dict[str, Any]], folder: str) -> None:
    """Update the paths in the callbacks' `states` after a folder was moved. Changes `states`."""
    for state in states.values():
        if "best_k_models" in state:
            before = state["dirpath"]
            state["dirpath"] = folder
            for key in ("best_model_path", "kth_best_model_path", "last_model_path"):
                state[key] = state[key].replace(before, folder, 1)
            best = {path.replace(before, folder, 1): score for path, score in state["best_k_models"].items()}
            state["best_k_models"] = best
