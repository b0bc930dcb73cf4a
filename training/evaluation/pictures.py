"""Draw the pictures of an evaluation, each with a name and a caption."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from exporters.charts import Panel, draw_curves, draw_distributions
from exporters.picture import draw_music, draw_self_similarity, draw_shares, draw_shares_over_time
from models.codecs import melody, percussion
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, Note
from training.evaluation import likeness
from training.evaluation.features import FEATURES
from training.evaluation.figures import Figures, Measured
from training.evaluation.grid import bar_count, events
from training.evaluation.judged import Judgement, whole
from training.evaluation.music import Music
from training.evaluation.overlap import curves

_VELOCITY = 90
# The picture has a cell for every pair of bars.
_MOST_LIKENESS_BARS = 512


class Picture(NamedTuple):
    """A file in the folder of an evaluation, and its caption."""

    name: str
    caption: str


def notes(piece: Music) -> list[Note]:
    """Return a piece's tokens as notes, in the common key."""
    found = []
    for tick, (tune, beat) in enumerate(zip(piece.melody, piece.percussion, strict=True)):
        at = tick * PULSES_PER_TICK
        found += [
            Note(at, sound.length * PULSES_PER_TICK, sound.voice, sound.pitch, _VELOCITY)
            for sound in melody.decode(tune)
        ]
        found += [
            Note(at, PULSES_PER_TICK, "drums", percussion.PITCHES[hit.drum], percussion.velocity_of(hit))
            for hit in percussion.decode(beat)
        ]
    return found


def of_piece(piece: Music, folder: Path, stem: str, most_bars: int = 64) -> Iterator[Picture]:
    """Draw a piece: its notes, and the similarity of its bars."""
    bars = min(bar_count(piece.melody), most_bars)
    draw_music(notes(piece), bars, folder / f"{stem}-music.png", piece.title)
    yield Picture(f"{stem}-music.png", f"{piece.title}: piano roll and drum grid, bars 0 to {bars}")
    part = slice(_MOST_LIKENESS_BARS * TICKS_PER_BAR)
    alike = likeness.matrix(events(piece.melody[part], piece.percussion[part]))
    draw_self_similarity(alike, folder / f"{stem}-likeness.png", piece.title)
    yield Picture(f"{stem}-likeness.png", f"{piece.title}: similarity of every pair of bars")


def of_judgement(title: str, judgement: Judgement, folder: Path, stem: str) -> Iterator[Picture]:
    """Draw the four pictures of the gauge."""
    kinds = (("genre", "style", judgement.styles, ""), ("song", "nearness", judgement.songs, "other songs"))
    for kind, word, series, rest in kinds:
        shown = Picture(
            f"{stem}-{kind}-composition.png", f"{title}: {kind} composition, as the gauge reads it"
        )
        heading, unit = f"{kind.capitalize()} composition: {title}", f"mean {word} share"
        draw_shares(whole(series), folder / shown.name, heading, unit, rest=rest)
        yield shown
        shown = Picture(f"{stem}-{kind}-over-time.png", f"{title}: {kind} over time, as the gauge reads it")
        heading, unit = f"{kind.capitalize()} over time: {title}", f"{word} share of the last 8 bars"
        draw_shares_over_time(judgement.bars, series, folder / shown.name, heading, unit, rest=rest)
        yield shown


def of_distributions(
    one: Measured, other: Measured, learned: Measured | None, figures: Figures, folder: Path
) -> Picture:
    """Draw each feature's densities with their overlap."""
    named = {one.collection.name: one, f"against {other.collection.name}": other}
    if learned is not None:
        named[f"learned from {learned.collection.name}"] = learned
    drawn = {label: curves(side.features, other.features) for label, side in named.items()}
    first = next(iter(drawn.values()))
    panels = [
        Panel(
            name,
            feature.unit,
            first[name].axis,
            {label: each[name].density for label, each in drawn.items()},
            _words(figures["by_feature"][name]),
        )
        for name, feature in FEATURES.items()
    ]
    heading = f"Features of eight bars: {one.collection.name} against {other.collection.name}"
    draw_distributions(panels, folder / "features.png", heading)
    return Picture("features.png", "Densities of the thirteen features; the shared area is grey")


def _words(row: Figures) -> str:
    ceiling = f", ceiling {row['ceiling']:.2f}" if row.get("ceiling") is not None else ""
    return f"overlap {row['overlap']:.2f}{ceiling}" if row["overlap"] is not None else "nothing to compare"


def of_learning(checkpoints: Path, folder: Path) -> Iterator[Picture]:
    """Draw every metrics.csv below a folder of checkpoints or a bundle."""
    for path in sorted(checkpoints.rglob("metrics.csv")):
        part = path.parent.name
        name = f"learning-{part}.png"
        lines = learning_curves(path)
        draw_curves(lines, folder / name, f"Learning of {part}", ("epoch", "nats per tick"))
        yield Picture(name, f"Learning of {part}: loss after each epoch")


def learning_curves(path: Path) -> dict[str, tuple[list[float], list[float]]]:
    """Return (epochs, values) for every column of a metrics.csv with values, except epoch and step."""
    lines: dict[str, tuple[list[float], list[float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name, value in row.items():
                if value and name not in ("epoch", "step"):
                    epochs, values = lines.setdefault(name, ([], []))
                    epochs.append(float(row["epoch"]))
                    values.append(float(value))
    return lines
