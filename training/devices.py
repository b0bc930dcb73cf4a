"""The devices that train: a processor or graphics cards, one or several, on one or several machines."""

import os
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from lightning.pytorch.utilities import rank_zero_only

from training.errors import TrainingError

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]


class Devices(NamedTuple):
    """Lightning's terms: `accelerator` is auto, cpu or gpu; `devices` is the number on each of `nodes` machines.

    With `precise`, arithmetic uses float32 everywhere.
    """

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    precise: bool = False

    @property
    def on_gpu(self) -> bool:
        """Whether graphics cards are used: with `gpu`, or with `auto` if there is one."""
        return self.accelerator == "gpu" or (self.accelerator == "auto" and torch.cuda.is_available())

    @property
    def device(self) -> str:
        """Torch's name of the device for measuring."""
        return "cuda" if self.on_gpu else "cpu"

    def check(self) -> None:
        """Raise TrainingError if this machine has too few GPUs."""
        there = torch.cuda.device_count()
        if self.on_gpu and there < self.devices:
            options = f"--accelerator {self.accelerator} --devices {self.devices}"
            raise TrainingError(
                f"{options}: torch finds {there} GPUs here; use fewer devices or --accelerator cpu"
            )

    def precision(self) -> Precision:
        """Return half precision if the hardware multiplies it natively; emulation is slower than float32."""
        if self.precise:
            return "32-true"
        if self.on_gpu:
            return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "16-mixed"
        cpuinfo = Path("/proc/cpuinfo")
        native = cpuinfo.is_file() and "avx512_bf16" in cpuinfo.read_text(encoding="utf-8")
        return "bf16-mixed" if native else "32-true"

    def settings(self) -> dict[str, Any]:
        """Return the trainer's arguments for these devices."""
        many = self.devices * self.nodes > 1
        return {
            "accelerator": "gpu" if self.on_gpu else "cpu",
            "devices": self.devices,
            "num_nodes": self.nodes,
            # The last slot's embedding, and weights of inputs that are switched off, get no gradient.
            "strategy": "ddp_find_unused_parameters_true" if many else "auto",
            "use_distributed_sampler": False,
            "precision": self.precision(),
        }


def leads() -> bool:
    """Return whether this process is the rank that reports and writes."""
    rank = getattr(rank_zero_only, "rank", None)
    return not (int(os.environ.get("NODE_RANK", "0")) if rank is None else rank)
