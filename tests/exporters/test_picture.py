"""Pictures show their data: notes in their voices' colours, shares with the right lengths."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread
from numpy.typing import NDArray

from exporters.charts import Bar, Panel, draw_bars, draw_curves, draw_distributions
from exporters.picture import (
    PALETTE,
    VOICE_COLOURS,
    draw_music,
    draw_self_similarity,
    draw_shares,
    draw_shares_over_time,
    drum_grid,
    piano_roll,
)
from exporters.writing import WriteError
from models.codecs import percussion
from models.notes import PULSES_PER_BAR, PULSES_PER_BEAT, VOICES, Note

NOTES = [
    Note(0, PULSES_PER_BAR, "lead", 72, 90),
    Note(PULSES_PER_BAR, PULSES_PER_BEAT, "bass", 36, 90),
    Note(2 * PULSES_PER_BEAT, 60, "drums", 36, 127),
    Note(3 * PULSES_PER_BEAT, 60, "drums", 49, 40),
]


def share_of_colour(path: Path, colour: str) -> float:
    """Return the share of a picture that has this colour."""
    pixels: NDArray[np.float32] = imread(path)[..., :3]
    return float((np.abs(pixels - np.array(to_rgb(colour))).max(axis=2) < 0.02).mean())


def blocks(axes: Axes) -> list[tuple[Any, Any]]:
    """Left, low, width and height of each block, and its colour."""
    (drawn,) = axes.collections
    bounds = [path.get_extents().bounds for path in drawn.get_paths()]
    return list(zip(bounds, drawn.get_facecolor(), strict=True))


def test_notes_stand_at_their_pitch_and_time() -> None:
    axes = Figure().subplots()
    piano_roll(axes, NOTES, (30, 80))
    lead, bass = (bounds for bounds, _ in blocks(axes))
    assert lead == pytest.approx((0, 72 - 0.45, 1, 0.9))
    assert bass == pytest.approx((1, 36 - 0.45, 0.25, 0.9))


def test_hits_stand_on_their_drum_and_louder_ones_are_darker() -> None:
    axes = Figure().subplots()
    drum_grid(axes, NOTES)
    (kick, dark), (crash, light) = blocks(axes)
    assert kick[:2] == pytest.approx((0.5, -0.4))
    assert crash[1] == pytest.approx(percussion.DRUMS.index("crash") - 0.4)
    assert dark[3] > light[3]


def test_a_picture_of_very_many_notes_is_drawn_in_seconds(tmp_path: Path) -> None:
    notes = [Note(i * 3, 60, VOICES[i % 4], 36 + i % 40, 90) for i in range(40_000)]
    before = time.process_time()
    draw_music(notes, 64, tmp_path / "many.png")
    assert time.process_time() - before < 10  # one rectangle for each note takes three times as long


def test_each_voice_is_seen_in_its_colour(tmp_path: Path) -> None:
    draw_music(NOTES, 2, tmp_path / "four.png", "four notes")
    draw_music([note for note in NOTES if note.voice != "lead"], 2, tmp_path / "three.png", "three notes")
    lead = VOICE_COLOURS["lead"]
    assert share_of_colour(tmp_path / "four.png", lead) > share_of_colour(tmp_path / "three.png", lead) > 0


def test_later_bars_are_left_out(tmp_path: Path) -> None:
    later = [*NOTES, Note(5 * PULSES_PER_BAR, 900, "lead", 72, 90)]
    for name, notes in (("a.png", NOTES), ("b.png", later)):
        draw_music(notes, 4, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_suffix_is_the_format(tmp_path: Path, suffix: str) -> None:
    draw_self_similarity(np.eye(4), tmp_path / f"alike{suffix}")
    begins = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
    assert (tmp_path / f"alike{suffix}").read_bytes().startswith(begins[suffix])
    assert [path.name for path in tmp_path.iterdir()] == [f"alike{suffix}"]


def test_shares_and_their_rest_fill_the_whole(tmp_path: Path) -> None:
    draw_shares_over_time([8, 9, 10], {"a": [0.5, 0.5, 0.5]}, tmp_path / "half.png", rest="others")
    draw_shares_over_time([8, 9, 10], {"a": [1.0, 1.0, 1.0]}, tmp_path / "all.png", rest="others")
    half, whole = (share_of_colour(tmp_path / name, PALETTE[0]) for name in ("half.png", "all.png"))
    assert half == pytest.approx(whole / 2, rel=0.1)
    draw_shares({"EDM": 0.75, "Classical": 0.25}, tmp_path / "styles.png")
    blue, orange = (share_of_colour(tmp_path / "styles.png", colour) for colour in PALETTE[:2])
    assert blue == pytest.approx(3 * orange, rel=0.1)


def test_charts_show_every_line(tmp_path: Path) -> None:
    axis = np.linspace(0, 1, 9)
    panels = [Panel(name, "notes", axis, {"a": axis, "b": 1 - axis}, "overlap 0.5") for name in "xyz"]
    draw_distributions(panels, tmp_path / "features.png", "three")
    draw_curves(
        {"train": ([0, 1], [3, 2]), "test": ([0, 1], [4, 3])}, tmp_path / "c.png", "c", ("epoch", "nats")
    )
    for name in ("features.png", "c.png"):
        assert all(share_of_colour(tmp_path / name, colour) > 0 for colour in PALETTE[:2])


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="nowhere"):
        draw_self_similarity(np.eye(2), tmp_path / "nowhere" / "a.png")


def test_charts_show_names_as_they_are(tmp_path: Path) -> None:
    name = "_$a_{$ b"
    draw_curves({name: ([0.0, 1.0], [1.0, 2.0])}, tmp_path / "curve.svg", name, ("x", "y"))
    draw_bars({name: {name: Bar(1.0, 0.5, 1.5)}}, tmp_path / "bars.svg", name, "x", (0.0, 2.0))
    assert (tmp_path / "curve.svg").stat().st_size > 5000
    assert (tmp_path / "bars.svg").stat().st_size > 5000
