"""`edmd evaluate` from top to bottom: measure collections, compare them, draw pictures, write a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console
from rich.table import Table

from models.gauge import Gauge
from training.evaluation import index, pictures
from training.evaluation.copying import Index
from training.evaluation.figures import (
    Figures,
    Measured,
    about,
    copying_figures,
    feature_figures,
    gauge_figures,
    measured,
    overlap_figures,
    set_figures,
)
from training.evaluation.judged import Judgement, judge
from training.evaluation.measures import MEASURES, structure_figures
from training.evaluation.music import Collection
from training.evaluation.pictures import Picture
from training.progress import counting

_MOST_JUDGED: Final = 40


@dataclass(frozen=True)
class Job:
    """The settings of one `edmd evaluate`: `one` against `other`; `learned` (training songs) is for the ceiling and copies.

    `thorough` adds the discriminator and copies; `drawn` is the number of pieces of `one` with their own pictures.
    """

    one: Collection
    other: Collection
    learned: Collection | None
    out: Path
    thorough: bool
    drawn: int
    gauge: Gauge | None
    checkpoints: Path | None


class _Sides(NamedTuple):
    one: Measured
    other: Measured
    learned: Measured | None


def run(job: Job, console: Console) -> Figures:
    """Measure, draw and write the folder; returns the figures."""
    job.out.mkdir(parents=True, exist_ok=True)
    learned = None if job.learned is None else _measured(job.learned, console)
    sides = _Sides(_measured(job.one, console), _measured(job.other, console), learned)
    figures = _figures(sides) | {"structure": _structure(job, console)}
    console.print(_table(figures["structure"], job))
    if job.thorough:
        figures |= _thorough(job, console)
    judgements = _judgements(job, console)
    if judgements:
        figures["gauge"] = gauge_figures(judgements)
    drawn = [pictures.of_distributions(*sides, figures["overlap"], job.out)]
    if job.checkpoints is not None:
        drawn += pictures.of_learning(job.checkpoints, job.out)
    drawn += _drawn(job, judgements, console)
    index.write(job.out, f"{job.one.name} against {job.other.name}", figures, drawn)
    return figures


def _measured(collection: Collection, console: Console) -> Measured:
    with counting(console, f"measuring {collection.name}") as progress:
        return measured(collection, progress)


def _figures(sides: _Sides) -> Figures:
    there = {side: each for side, each in sides._asdict().items() if each is not None}
    return {
        "compared": {side: about(each) for side, each in there.items()},
        "overlap": overlap_figures(*sides)[0],
        "features": {side: feature_figures(each) for side, each in there.items()},
        "sets": {side: set_figures(each) for side, each in there.items()},
    }


def _structure(job: Job, console: Console) -> Figures:
    sides = {"one": job.one, "other": job.other, "learned": job.learned}
    found = {}
    for side, collection in sides.items():
        if collection is not None:
            with counting(console, f"structure of {collection.name}") as progress:
                found[side] = structure_figures(collection.songs, progress)
    return found


def _table(structure: Figures, job: Job) -> Table:
    """Lay out the figures of structure, one column for each side."""
    names = {"one": job.one.name, "other": job.other.name, "learned": job.learned.name if job.learned else ""}
    table = Table("figure", "unit", *(names[side] for side in structure), box=None, header_style="bold")
    for name, measure in MEASURES.items():
        cells = [f"{each[name]['value']:.2f}" if name in each else "" for each in structure.values()]
        if any(cells):
            table.add_row(name, measure.unit, *cells)
    return table


def _thorough(job: Job, console: Console) -> Figures:
    from training.evaluation.discriminator import discriminate  # noqa: PLC0415 - only this needs scikit-learn

    figures: Figures = {}
    with counting(console, "discriminator") as progress:
        verdict = discriminate(job.one.songs, job.other.songs, progress=progress)
    figures["discriminator"] = None if verdict is None else verdict._asdict()
    if job.learned is not None:
        with counting(console, "discriminator, real against real") as progress:
            floor = discriminate(job.learned.songs, job.other.songs, progress=progress)
        figures["discriminator_real_against_real"] = None if floor is None else floor._asdict()
        console.print("searching for copies")
        known = Index(job.learned.songs)
        figures["copying"] = copying_figures(known.copying(job.one.songs))
        figures["copying_real"] = copying_figures(known.copying(job.other.songs))
    return figures


def _judgements(job: Job, console: Console) -> dict[str, Judgement]:
    if job.gauge is None:
        return {}
    found = {}
    songs = job.one.songs[:_MOST_JUDGED]
    with counting(console, "reading with the gauge") as progress:
        for count, piece in enumerate(songs, start=1):
            found[piece.title] = judge(job.gauge, piece)
            progress(count, len(songs))
    return found


def _drawn(job: Job, judgements: dict[str, Judgement], console: Console) -> Iterator[Picture]:
    pieces = job.one.songs[: job.drawn]
    with counting(console, "drawing") as progress:
        for count, piece in enumerate(pieces, start=1):
            stem = f"piece-{count:02}"
            yield from pictures.of_piece(piece, job.out, stem)
            if piece.title in judgements:
                yield from pictures.of_judgement(piece.title, judgements[piece.title], job.out, stem)
            progress(count, len(pieces))
