"""The gauge itself, by the held-out figures of its own bundle."""

from typing import Any

from tests.music.row import Row
from tests.music.stage import MissingError, Stage


def rows(stage: Stage) -> list[Row]:
    """Accuracy on songs it never learned from."""
    held_out: dict[str, Any] = stage.gauge.bundle.manifest.get("held_out", {})
    try:
        told = held_out["accuracy"]["whole"]["all"]
        songs, windows = told["songs"], told["windows"]
    except KeyError:
        raise MissingError("the gauge's bundle has no held-out accuracy; train it on both styles") from None
    return [
        Row("accuracy by song", songs["share"], "", 0.93, None, None, _interval(songs)),
        Row("accuracy by 8-bar window", windows["share"], note=_interval(windows)),
    ]


def _interval(told: dict[str, Any]) -> str:
    return f"{told['low']:.2f} to {told['high']:.2f}, of {told['of']}"
