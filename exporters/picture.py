"""Draw music: piano roll with drum grid, self-similarity, and shares of styles or songs in total and over time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import NDArray

from exporters.writing import writing
from models.codecs import percussion
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, VOICES, Note, Voice

# Okabe and Ito's palette (2008). Colour-blind people can distinguish its colours, and they differ in lightness in print.
PALETTE: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
VOICE_COLOURS: Final[Mapping[Voice, str]] = {
    "lead": "#D55E00",
    "chords": "#56B4E9",
    "bass": "#0072B2",
    "drums": "#000000",
}
BARS_IN_ROW: Final = 16
_HATCHES: Final = ("", "//", "..", "xx", "\\\\", "oo", "++", "--")
_DOTS: Final = 110
_REST: Final = "#BBBBBB"


def draw_music(notes: Sequence[Note], bars: int, path: Path, title: str = "") -> None:
    """Draw a piano roll and a drum grid, with sixteen bars in each row; fewer bars fill the only row.

    The suffix (.png, .svg, .pdf) sets the format.

    Pulses count from the first bar. Notes that begin after `bars` bars are left out. Raises WriteError if the file
    cannot be written.
    """
    rows = max(-(-bars // BARS_IN_ROW), 1)
    figure = Figure(figsize=(13, 0.6 + 3.2 * rows), layout="constrained")
    axes: NDArray[Any] = figure.subplots(2 * rows, 1, height_ratios=[5, 2] * rows, squeeze=False)[:, 0]
    pitches = [note.pitch for note in notes if note.voice != "drums"] or [60]
    limits = (min(pitches) - 1.5, max(pitches) + 1.5)
    for row in range(rows):
        first = row * BARS_IN_ROW
        shown = [
            note for note in notes if first <= note.pulse / PULSES_PER_BAR < min(first + BARS_IN_ROW, bars)
        ]
        piano_roll(axes[2 * row], shown, limits)
        drum_grid(axes[2 * row + 1], shown)
        for each in axes[2 * row : 2 * row + 2]:
            _bar_axis(each, first, first + (BARS_IN_ROW if rows > 1 else max(bars, 1)))
    axes[-1].set_xlabel("bar")
    _voice_legend(figure, title)
    keep(figure, path)


def piano_roll(axes: Axes, notes: Sequence[Note], limits: tuple[float, float]) -> None:
    """Draw the melodic notes in their voices' colours. `limits` is the range of MIDI pitches; time is in bars."""
    blocks = [
        _Block(
            note.pulse / PULSES_PER_BAR, note.length / PULSES_PER_BAR, note.pitch, VOICE_COLOURS[note.voice]
        )
        for voice in VOICE_COLOURS
        for note in notes
        if note.voice == voice and voice != "drums"
    ]
    _draw_blocks(axes, blocks, 0.9)
    axes.set_ylim(*limits)
    axes.set_ylabel("pitch (MIDI)")
    axes.yaxis.set_major_locator(FixedLocator(list(range(0, 128, 12))))


def drum_grid(axes: Axes, notes: Sequence[Note]) -> None:
    """Draw each hit of the nine drums, darker if it is louder; time is in bars."""
    width = 0.8 * PULSES_PER_TICK / PULSES_PER_BAR
    blocks = [
        _Block(note.pulse / PULSES_PER_BAR, width, percussion.drum_of(note.pitch), (0, 0, 0, _darkness(note)))
        for note in notes
        if note.voice == "drums"
    ]
    _draw_blocks(axes, blocks, 0.8)
    axes.set_ylim(-0.6, len(percussion.DRUMS) - 0.4)
    axes.set_yticks(
        range(len(percussion.DRUMS)), [drum.replace("_", " ") for drum in percussion.DRUMS], size=6
    )


def _darkness(note: Note) -> float:
    return 0.35 + 0.65 * min(note.velocity, 127) / 127


class _Block(NamedTuple):
    """A note in a picture: `start` and `length` in bars, `row` at its middle, and its colour."""

    start: float
    length: float
    row: float
    colour: str | tuple[float, ...]


def _draw_blocks(axes: Axes, blocks: Sequence[_Block], height: float) -> None:
    """Draw all blocks as one collection, because there may be many thousands."""
    corners = [
        ((start, low), (end, low), (end, low + height), (start, low + height))
        for start, length, row, _ in blocks
        for end, low in ((start + length, row - height / 2),)
    ]
    colours = [block.colour for block in blocks]
    axes.add_collection(PolyCollection(corners, facecolors=colours, linewidths=0), autolim=False)


def draw_self_similarity(likeness: NDArray[np.floating], path: Path, title: str = "") -> None:
    """Draw the likeness (0 to 1) of every bar with every other: (bars, bars)."""
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(likeness, origin="lower", cmap="cividis", vmin=0, vmax=1, interpolation="nearest")
    axes.set(xlabel="bar", ylabel="bar", title=title)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(9, integer=True, steps=[1, 2, 4, 8, 10]))
    figure.colorbar(image, label="likeness (Jaccard's index of note onsets)")
    keep(figure, path)


def draw_shares(
    shares: Mapping[str, float], path: Path, title: str = "", unit: str = "share", *, rest: str = ""
) -> None:
    """Draw a bar for each share (0 to 1), and one named `rest` for the remainder if a name is given."""
    parts = {**shares, **({rest: max(1 - sum(shares.values()), 0.0)} if rest else {})}
    figure = Figure(figsize=(7.5, 1.2 + 0.42 * len(parts)), layout="constrained")
    axes = figure.subplots()
    values, colours = list(parts.values())[::-1], _colours(len(shares), bool(rest))[::-1]
    rows = axes.barh(range(len(parts)), values, color=colours, edgecolor="black")
    axes.bar_label(rows, [f"{value:.0%}" for value in values], padding=3)
    axes.set_yticks(range(len(parts)), list(parts)[::-1])
    axes.set(xlim=(0, max([*values, 0.01]) * 1.15), xlabel=unit, title=title)
    keep(figure, path)


def draw_shares_over_time(
    bars: Sequence[int],
    shares: Mapping[str, Sequence[float]],
    path: Path,
    title: str = "",
    unit: str = "share",
    *,
    rest: str = "",
) -> None:
    """Draw how shares (0 to 1, together at most 1) change from bar to bar, with the remainder if `rest` names it."""
    left = 1 - np.array([np.zeros(len(bars)), *shares.values()]).sum(axis=0)
    parts = {**shares, **({rest: np.maximum(left, 0)} if rest else {})}
    figure = Figure(figsize=(11, 4), layout="constrained")
    axes = figure.subplots()
    colours = _colours(len(shares), bool(rest))
    layers = axes.stackplot(
        bars, *parts.values(), labels=list(parts), colors=colours, edgecolor="black", linewidth=0.4
    )
    for layer, hatch in zip(layers[: len(shares)], _HATCHES * len(layers), strict=False):
        layer.set_hatch(hatch)
    axes.set(ylim=(0, 1), xlabel="bar", ylabel=unit, title=title)
    axes.set_xlim(bars[0], max(bars[-1], bars[0] + 1))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8, frameon=False, reverse=True)
    keep(figure, path)


def keep(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the suffix. Raises WriteError if the file cannot be written."""
    kind = path.suffix.lower().removeprefix(".")
    undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    # Without a fixed salt, names within an .svg are random.
    with writing(path) as partial, rc_context({"svg.hashsalt": "edmd"}):
        figure.savefig(partial, dpi=_DOTS, format=kind, metadata=undated.get(kind))


def _bar_axis(axes: Axes, first: int, last: int) -> None:
    """Mark bars on the axis, with a line at every bar and a stronger one at every fourth."""
    axes.set_xlim(first, last)
    ticks = range(first, last + 1, 4)
    axes.set_xticks(ticks, [str(bar + 1) for bar in ticks])  # people count bars from 1
    axes.set_xticks(range(first, last + 1), minor=True)
    axes.grid(axis="x", which="minor", linewidth=0.3, color=_REST)
    axes.grid(axis="x", which="major", linewidth=0.8, color=_REST)
    axes.set_axisbelow(True)


def _voice_legend(figure: Figure, title: str) -> None:
    patches = [Patch(color=VOICE_COLOURS[voice], label=voice) for voice in VOICES]
    figure.legend(handles=patches, loc="outside upper right", ncols=4, frameon=False)
    figure.suptitle(title, x=0.01, ha="left")


def _colours(count: int, has_rest: bool) -> list[str]:
    """Return a colour for each share, and grey for the remainder."""
    named = [PALETTE[number % len(PALETTE)] for number in range(count)]
    return [*named, _REST] if has_rest else named
