"""The state in one line."""

from typing import Any

import pytest

from daemon.stateline import state_line


def state(**more: Any) -> dict[str, Any]:
    transport = {"state": "playing", "tick": 608, "bar": 38, "beat": 152.0, "tempo": 128.0, "count_in": 0}
    plan = {
        "section": "drop", "genre": "house", "bars_left": 3, "next_section": "break",
        "key": "A minor", "chords": ["Am", "F"], "next": {"key": "A minor"},
    }  # fmt: skip
    return {"transport": {**transport, "clock_source": "internal"}, "plan": plan} | more


def test_a_deck_that_plays() -> None:
    line = "bar 38 | house drop, 4 bars to go, then break | A minor: Am F | 128 BPM"
    assert state_line(state()) == line


def changed(part: str, **values: Any) -> dict[str, Any]:
    return {part: {**state()[part], **values}}


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (changed("transport", state="stopped"), "stopped at bar 38 |"),
        (changed("transport", count_in=2), "counts in, 2 bars |"),
        (changed("transport", clock_source="link", tempo=126.04), "| 126 BPM from link"),
        (changed("plan", bars_left=0, next_section="", genre=""), "| drop, 1 bar to go |"),
        (changed("plan", chords=["Am", "Am"], next={"key": "B minor"}), "| A minor -> B minor: Am |"),
        ({"plan": None}, "bar 38 | 128 BPM"),
        ({"params": {"section": "drop"}}, "| house drop, held |"),
        (
            {"pending": {"energy": {"target": 0.8, "from_beat": 160.0, "until_beat": 160.0}}},
            "| waits: energy to 0.8 at bar 40",
        ),
        (
            {"pending": {"tempo": {"target": 90, "from_beat": 160.0, "until_beat": 176.0}}},
            "| waits: tempo to 90 from bar 40 to bar 44",
        ),
        (
            {
                "pending": {"tempo": {"target": 140.0, "from_beat": 150.0, "until_beat": 166.0}},
                "coming": [
                    {"what": "model", "model": "pop", "effective_beat": 164.0, "effective_bar": 41},
                    {"what": "seed", "seed": 7, "effective_beat": 168.0, "effective_bar": 42},
                    {"what": "fade", "effective_beat": 168.0, "effective_bar": 42, "until_beat": 184.0},
                ],
            },
            "| waits: tempo to 140 until bar 42, model pop at bar 41, seed 7 at bar 42, fade at bar 42",
        ),
    ],
)
def test_what_else_it_tells(more: dict[str, Any], part: str) -> None:
    line = state_line(state(**more))
    assert part in line
    assert "\n" not in line
