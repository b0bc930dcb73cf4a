"""One request for each op and action, in an order in which a fresh daemon carries all of them out.

docs/protocol.md shows them as examples; a test sends them to a daemon that plays, and checks every answer.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from daemon.control.answers import EACH


class Step(NamedTuple):
    """A request, and what must have happened before it is sent: bars that have passed since the last step."""

    op: str
    keys: Mapping[str, Any]
    after_bars: int = 0

    @property
    def action(self) -> str:
        """The action, `EACH` if the op has none."""
        return str(self.keys.get("action", EACH))


def _step(op: str, after_bars: int = 0, **keys: Any) -> Step:
    return Step(op, {key.rstrip("_"): value for key, value in keys.items()}, after_bars)


_HEARD: Final = [
    {"beat": 0, "length": 1.5, "voice": "lead", "pitch": 72, "velocity": 100},
    {"beat": 0, "length": 4, "voice": "bass", "pitch": 36},
]
CONVERSATION: Final[list[Step]] = [
    _step("ping"),
    _step("describe"),
    _step("state"),
    _step("get", names=["tempo", "energy"]),
    _step("set", params={"melody.temperature": 1.2, "classical_mix": 0.5}, at="bar", over=8),
    _step("pending", action="list"),
    _step("undo"),
    _step("redo", at="bar"),
    _step("pending", action="cancel"),
    _step("transport", action="tap"),
    _step("transport", action="panic"),
    _step("reseed", seed=42),
    _step("preset", action="save", name="calm", slot=1),
    _step("set", params={"energy": 0.9}),
    _step("preset", action="save", name="peak"),
    _step("preset", action="list"),
    _step("preset", action="load", slot=1, at="phrase", over=16),
    _step("morph", from_="calm", to="peak", over=32),
    _step("morph", from_="calm", to="peak", position=0.4),
    _step("preset", action="rename", name="peak", to="top"),
    _step("preset", action="delete", name="top"),
    _step("scene", action="save", name="opening"),
    _step("scene", action="list"),
    _step("scene", action="next", at="phrase"),
    _step("scene", action="load", slot=1),
    _step("scene", action="rename", name="opening", to="start"),
    _step("scene", action="delete", name="start"),
    _step("model", action="list"),
    _step("model", action="load", name="pattern", part="percussion"),
    _step("record", action="start", path="warmup"),
    _step("capture", bars=1, after_bars=2),
    _step("record", action="stop"),
    _step("prime", path="warmup.mid", from_bar=0),
    _step("prime", notes=_HEARD),
    _step("learn", action="start", param="energy"),
    _step("learn", action="cancel"),
    _step("learn", action="list"),
    _step("learn", action="unassign", control="cc 0 port nanoKONTROL2"),
    _step("clock", action="state"),
    _step("clock", action="source", source="internal"),
    _step("clock", action="offset", ms=12),
    _step("clock", action="delay", voice="lead", ms=-20),
    _step("clock", action="nudge", ms=-5),
    _step("listen", action="call", bars=2, once=True),
    _step("listen", action="answer", bars=4),
    _step("listen", action="harmony"),
    _step("listen", action="accompany"),
    _step("listen", action="off"),
    _step("next"),
    _step("fade", over=32),
    _step("deck", action="add", name="warmup"),
    _step("deck", action="list"),
    _step("deck", action="remove", name="warmup"),
    _step("transport", action="stop"),
    _step("transport", action="continue"),
    _step("transport", action="play", count_in=1),
]
