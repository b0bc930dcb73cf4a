"""What learns: a processor or graphics cards, one or many, on one machine or several."""

import os
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from lightning.pytorch.utilities import rank_zero_only

from training.errors import TrainingError

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]


class Devices(NamedTuple):
    """Lightning's words: `accelerator` auto, cpu or gpu; `devices` on each of `nodes` machines."""

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1

    @property
    def on_gpu(self) -> bool:
        """Whether graphics cards learn: asked for, or there and not declined."""
        return self.accelerator == "gpu" or (self.accelerator == "auto" and torch.cuda.is_available())

    @property
    def device(self) -> str:
        """What torch calls the one to measure on."""
        return "cuda" if self.on_gpu else "cpu"

    def check(self) -> None:
        """TrainingError where this machine lacks what is asked for."""
        there = torch.cuda.device_count()
        if self.on_gpu and there < self.devices:
            asked = f"--accelerator {self.accelerator} --devices {self.devices}"
            raise TrainingError(f"{asked}: torch finds {there} GPUs here; ask for fewer, or for cpu")

    def precision(self) -> Precision:
        """Half precision where it is multiplied natively; emulated it is slower than float32."""
        if self.on_gpu:
            return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "16-mixed"
        cpuinfo = Path("/proc/cpuinfo")
        native = cpuinfo.is_file() and "avx512_bf16" in cpuinfo.read_text(encoding="utf-8")
        return "bf16-mixed" if native else "32-true"

    def settings(self) -> dict[str, Any]:
        """Trainer's arguments of where it runs."""
        many = self.devices * self.nodes > 1
        return {
            "accelerator": "gpu" if self.on_gpu else "cpu",
            "devices": self.devices,
            "num_nodes": self.nodes,
            # What an ingredient that is off would have used, and the last slot's embedding, get no gradient.
            "strategy": "ddp_find_unused_parameters_true" if many else "auto",
            "use_distributed_sampler": False,
            "precision": self.precision(),
        }


def leads() -> bool:
    """Whether this process is the one of all ranks that reports and writes."""
    rank = getattr(rank_zero_only, "rank", None)
    return not (int(os.environ.get("NODE_RANK", "0")) if rank is None else rank)
