"""Draw charts: the feature distributions of several collections, and learning curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from exporters.picture import PALETTE, keep

_COLUMNS: Final = 4
_LINES: Final = ("-", "--", ":", "-.")
_NO_SPACE: Final = "\u200b"


class Panel(NamedTuple):
    """One feature: the density of each collection on `axis` (in `unit`), and a line of text that compares them."""

    name: str
    unit: str
    axis: NDArray[np.floating]
    densities: Mapping[str, NDArray[np.floating]]
    words: str


def draw_distributions(panels: Sequence[Panel], path: Path, title: str = "") -> None:
    """Draw one small chart for each feature, with the densities of all collections.

    The area that the first two have in common is filled. Raises WriteError if the file cannot be written.
    """
    rows = -(-len(panels) // _COLUMNS)
    figure = Figure(figsize=(15, 0.8 + 2.7 * rows), layout="constrained")
    charts: NDArray[Any] = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes, panel in zip(charts, panels, strict=False):
        for number, (label, density) in enumerate(panel.densities.items()):
            axes.plot(
                panel.axis,
                density,
                _LINES[number % 4],
                color=PALETTE[number % len(PALETTE)],
                label=_drawn(label),
            )
        axes.fill_between(panel.axis, np.min(list(panel.densities.values())[:2], axis=0), color="#DDDDDD")
        axes.set_title(f"{panel.name}\n{panel.words}", size=9)
        axes.set_xlabel(panel.unit, size=8)
        axes.set_ylabel(f"density (1 / {panel.unit.split()[0]})", size=7)
        axes.tick_params(labelsize=7)
        axes.set_ylim(bottom=0)
    for axes in charts[len(panels) :]:
        axes.set_visible(False)
    figure.legend(*charts[0].get_legend_handles_labels(), loc="outside upper right", ncols=3, frameon=False)
    figure.suptitle(_drawn(title), x=0.01, ha="left")
    keep(figure, path)


def draw_curves(
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    path: Path,
    title: str,
    labels: tuple[str, str],
) -> None:
    """Draw named lines of (x, y), with `labels` on the axes. Raises WriteError if the file cannot be written."""
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.subplots()
    for number, (name, (along, values)) in enumerate(lines.items()):
        axes.plot(
            along,
            values,
            _LINES[number % 4],
            color=PALETTE[number % len(PALETTE)],
            marker=".",
            label=_drawn(name),
        )
    axes.set(xlabel=labels[0], ylabel=labels[1], title=_drawn(title))
    axes.grid(linewidth=0.4)
    axes.legend(frameon=False)
    keep(figure, path)


class Bar(NamedTuple):
    """A mean with the limits of its interval, which may be None."""

    mean: float
    low: float | None
    high: float | None


def draw_bars(
    groups: Mapping[str, Mapping[str, Bar]], path: Path, title: str, unit: str, limits: tuple[float, float]
) -> None:
    """Draw groups of bars with their intervals. Raises WriteError if the file cannot be written."""
    figure = Figure(figsize=(1.5 + 2.2 * len(groups), 4.6), layout="constrained")
    axes = figure.subplots()
    names = list(dict.fromkeys(name for bars in groups.values() for name in bars))
    width = 0.8 / max(len(names), 1)
    for number, name in enumerate(names):
        shown = [(place, bars[name]) for place, bars in enumerate(groups.values()) if name in bars]
        places = [place + width * (number - (len(names) - 1) / 2) for place, _ in shown]
        means = [bar.mean - limits[0] for _, bar in shown]
        axes.bar(
            places, means, width * 0.92, limits[0], color=PALETTE[number % len(PALETTE)], label=_drawn(name)
        )
        for place, (_, bar) in zip(places, shown, strict=True):
            if bar.low is not None and bar.high is not None:
                error = [[bar.mean - bar.low], [bar.high - bar.mean]]
                axes.errorbar(place, bar.mean, error, color="black", capsize=4, linewidth=1.2)
    axes.set_xticks(range(len(groups)), [_drawn(group) for group in groups])
    axes.set(ylabel=unit, ylim=limits)
    axes.grid(axis="y", linewidth=0.4)
    axes.set_axisbelow(True)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(_drawn(title), x=0.01, ha="left")
    keep(figure, path)


def _drawn(name: str) -> str:
    """Return the label with which matplotlib shows a name as it is: no formula, and not left out of the legend."""
    label = name.replace("$", r"\$")
    return f"{_NO_SPACE}{label}" if label.startswith("_") else label
