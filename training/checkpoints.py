"""Checkpoints of a network that learns: what they hold, whether it is done, how they move."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch

from models.codecs.condition import SIZES
from training.errors import TrainingError
from training.networks import TickNetwork
from training.recipe import NetworkSize
from training.streams import LAYOUTS

BEST: Final = "best.ckpt"
LAST: Final = "last.ckpt"


class Progress(NamedTuple):
    """How far a network has come: epochs done, seconds where known, whether it stopped getting better."""

    epochs: int
    seconds: float | None
    settled: bool


def read(path: Path) -> dict[str, Any]:
    """Load a checkpoint's plain values and tensors; TrainingError when it is damaged."""
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # reading raises whatever damaged bytes happen to mean
        raise TrainingError(f"the checkpoint {path} cannot be read; begin anew with --fresh") from error
    return saved


def network_of(path: Path) -> TickNetwork:
    """Build the network of a checkpoint, ready to be exported or measured."""
    saved = read(path)
    part, size = saved["hyper_parameters"]["part"], NetworkSize(**saved["hyper_parameters"]["size"])
    network = TickNetwork(LAYOUTS[part], SIZES[part], size)
    network.load_state_dict({k.removeprefix("network."): v for k, v in saved["state_dict"].items()})
    return network.eval()


def take_over(network: TickNetwork, folder: Path) -> None:
    """Let a network begin as the best one of another folder; TrainingError when that is not there or of other widths."""
    if not (folder / BEST).is_file():
        raise TrainingError(
            f"{folder} holds no {BEST} to start with; name the folder of a training's checkpoints"
        )
    try:
        network.load_state_dict(network_of(folder / BEST).state_dict())
    except RuntimeError as error:
        raise TrainingError(
            f"{folder} holds a network of other widths than the recipe's; leave out --start"
        ) from error


def progress(folder: Path) -> Progress | None:
    """How far the network of a folder has come; None where nothing was learned yet."""
    if not (folder / LAST).is_file():
        return None
    saved = read(folder / LAST)
    stops = [state for state in saved["callbacks"].values() if "wait_count" in state]
    settled = any(state["wait_count"] >= state["patience"] for state in stops)
    return Progress(saved["epoch"] + 1, saved.get("seconds"), settled)


def best_epoch(folder: Path) -> int:
    """Return the epoch, counted from 1, whose network is kept."""
    return int(read(folder / BEST)["epoch"]) + 1


def check_fits(folder: Path, part: str, size: NetworkSize) -> None:
    """Refuse to go on from a network of other widths, or of the other part."""
    settings = read(folder / LAST)["hyper_parameters"]
    if settings["part"] != part or settings["size"] != asdict(size):
        raise TrainingError(
            f"{folder} holds a network of other sizes than the recipe's {part}; begin anew with --fresh"
        )


def follow_folder(states: Mapping[str, dict[str, Any]], folder: str) -> None:
    """Let the keeper of the best network know it again where its folder was moved; changes `states`."""
    for state in states.values():
        if "best_k_models" in state:
            before = state["dirpath"]
            state["dirpath"] = folder
            for key in ("best_model_path", "kth_best_model_path", "last_model_path"):
                state[key] = state[key].replace(before, folder, 1)
            best = {path.replace(before, folder, 1): score for path, score in state["best_k_models"].items()}
            state["best_k_models"] = best
