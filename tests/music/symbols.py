"""`python -m tests.music.symbols --corpora DIR`: the systems that play symbols, into docs/symbols.json.

For each system: the round trip of its codec over the corpora, what training measured on held-out songs, and what it plays.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from rich.console import Console

from daemon.composer.assembly import start
from daemon.composer.offline.rendering import rendered
from daemon.config import load_config
from exporters.writing import replace_bytes
from models import bundle
from models.bundle import Bundle, BundleError
from models.codecs.sequences import NAMES, symbols_of
from models.notes import PULSES_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, Note, Voice
from models.reading.reader import read_music
from models.take import Take
from tests.imports import ROOT
from training.systems.sequences.corpus import gather
from training.systems.sequences.figures import HeldOut, difference
from training.systems.sequences.lesson import end_of
from training.systems.sequences.recipe import SequenceRecipe
from training.systems.sequences.songs import NotePiece
from training.systems.table import load

OUT: Final = ROOT / "docs" / "symbols.json"
SETS: Final = (*NAMES, *(f"{name}-published" for name in NAMES))
FOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "performance": ("electronic",),
    "jazz": ("electronic", "pop909"),
    "pop": ("pop909",),
    "folk": ("essen",),
}
BARS: Final = 64
_SPAN: Final = 4 * PULSES_PER_BAR
_LEAST_NOTES, _LEAST_PITCHES = 8, 3
# The published solo: the part and the beats of the file that it is taken from.
_SOLO: Final = ("Guitar", 476, 548)
_SCALE: Final = frozenset({0, 2, 4, 5, 7, 9, 11})


@click.command()
@click.option("--corpora", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option(
    "--essen", type=click.Path(path_type=Path, exists=True, file_okay=False), help="`training.essen`'s."
)
@click.option("--trained", type=click.Path(path_type=Path), help="The folder of the trainings' folders.")
@click.option("--early", type=click.Path(path_type=Path), help="performance-published after one epoch.")
@click.option("--seeds", default=10, show_default=True)
@click.option("--only", multiple=True, type=click.Choice(SETS))
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=True)
def main(
    corpora: Path,
    essen: Path | None,
    trained: Path | None,
    early: Path | None,
    seeds: int,
    only: tuple[str, ...],
    out: Path,
) -> None:
    """Measure, and write the figures."""
    console = Console()
    figures: dict[str, Any] = json.loads(out.read_text()) if out.is_file() else {}
    for name in only or SETS:
        try:
            made = bundle.load(name)
        except BundleError as error:
            console.print(f"{name}: {error}")
            continue
        pieces, refused = _pieces(name, corpora, essen)
        row: dict[str, Any] = {"held_out": made.manifest["held_out"], "training": made.manifest["training"]}
        row["round_trip"] = round_trip(made, pieces, refused)
        row["played"] = played(name, pieces, range(1, seeds + 1))
        if trained and not name.endswith("-published"):
            row["against_published"] = _against(name, trained)
        if name == "performance-published" and early:
            row["after_one_epoch"] = played(str(early), pieces, range(1, seeds + 1))
        if name == "jazz":
            row["solo"] = solo(corpora / "metheny" / "original_metheny.mid")
        figures[name] = {
            **row,
            **{key: value for key, value in figures.get(name, {}).items() if key == "live"},
        }
        console.print(name, {key: row[key] for key in row if key not in {"held_out", "training"}})
        replace_bytes(out, (json.dumps(figures, indent=1) + "\n").encode())


def _pieces(name: str, corpora: Path, essen: Path | None) -> tuple[list[NotePiece], Mapping[str, int]]:
    recipe = load(name)
    assert isinstance(recipe, SequenceRecipe)
    folders = [
        essen if folder == "essen" and essen else corpora / folder
        for folder in FOLDERS[name.removesuffix("-published")]
    ]
    corpus = gather(
        [(folder, None) for folder in folders], recipe, ROOT / ".cache" / "corpus", lambda *_: None
    )
    return corpus.pieces, corpus.report["refused"]


def round_trip(made: Bundle, pieces: Sequence[NotePiece], refused: Mapping[str, int]) -> dict[str, Any]:
    """Return how many songs are exact after the codec has moved them to its grid, and what it changes and refuses."""
    codec = symbols_of(made.vocabulary)
    exact, notes, same = 0, 0, 0
    for piece in pieces:
        fitted = codec.fitted(piece.song.notes)
        decoded = codec.decode(codec.encode(fitted, end_of(fitted, piece.song.bar_pulses)))
        exact += decoded == fitted
        there = Counter(_spot(note, codec.grid_pulses) for note in fitted)
        there &= Counter(_spot(note, codec.grid_pulses) for note in piece.song.notes)
        notes, same = notes + len(piece.song.rows), same + there.total()
    every = len(pieces) + sum(refused.values())
    return {
        "songs": len(pieces),
        "exact": exact,
        "notes": notes,
        "notes_kept_share": round(same / max(notes, 1), 4),
        "refused_share": round(1 - len(pieces) / every, 4),
        "refused": dict(refused),
    }


def _spot(note: Note, grid: int) -> tuple[str, int, int]:
    return note.voice, round(note.pulse / grid), note.pitch


def played(name: str, pieces: Sequence[NotePiece], seeds: Sequence[int]) -> dict[str, Any]:
    """Return what some sets of 64 bars are like, in the voices of the network itself, without rests of the director."""
    own = symbols_of(bundle.load(name).vocabulary).voices
    config = load_config(None, (f"play.model={name}", "play.provider=cpu", "parameters.director=false"))
    begun = start(config, seeds[0])
    takes = list(rendered(begun, config.parameters, seeds, BARS))
    known = {shape for piece in pieces if piece.split == "train" for shape in shapes(piece.song.notes)}
    lines = [[note for note in take.notes if note.voice in own] for take in takes]
    windows = [shape for line in lines for shape in shapes(line)]
    sixteens = [
        sum(first * 16 <= note.pulse // PULSES_PER_BAR < (first + 1) * 16 for note in line)
        for line in lines
        for first in range(BARS // 16)
    ]
    return {
        "sets": len(takes),
        "fewest_notes_in_16_bars": min(sixteens),
        "fewest_pitches": min(len({note.pitch for note in line}) for line in lines),
        "longest_silence_bars": round(max(silence(line) for line in lines) / PULSES_PER_BAR, 2),
        **line_figures(takes),
        "in_key": round(float(np.mean([in_key(take, own) for take in takes])), 3),
        "copied_share": round(float(np.mean([shape in known for shape in windows])), 4) if windows else 0.0,
        "windows": len(windows),
    }


def line_figures(takes: Sequence[Take]) -> dict[str, float]:
    """Return what the published observations are about: the leads' share of rests, range, and longest note in beats."""
    lines = [[note for note in take.notes if note.voice == "lead"] for take in takes]
    sounding = sum(min(note.length, PULSES_PER_BAR) for line in lines for note in line)
    pitches = [note.pitch for line in lines for note in line]
    longest = max((note.length for line in lines for note in line), default=0)
    return {
        "lead_rests": round(max(1 - sounding / (len(takes) * BARS * PULSES_PER_BAR), 0.0), 3),
        "lead_range_semitones": max(pitches, default=0) - min(pitches, default=0),
        "lead_longest_beats": round(longest / PULSES_PER_BEAT, 2),
    }


def silence(notes: Sequence[Note]) -> int:
    """Return the longest time without a sounding note between two notes, in pulses."""
    ordered = sorted(notes)
    longest, end = 0, ordered[0].pulse if ordered else 0
    for note in ordered:
        longest, end = max(longest, note.pulse - end), max(end, note.pulse + note.length)
    return longest


def in_key(take: Take, voices: Sequence[Voice]) -> float:
    """Return the share of the voices' notes in the scale of the key that the take states for their time."""
    notes, keys = [note for note in take.notes if note.voice in voices], take.keys or ((0, None),)
    right = 0
    for note in notes:
        key = [each for pulse, each in keys if pulse <= note.pulse][-1:]
        tonic = 7 * key[0].sharps if key and key[0] else 0
        right += (note.pitch - tonic) % 12 in _SCALE
    return right / max(len(notes), 1)


def shapes(notes: Sequence[Note]) -> list[int]:
    """Return a hash of each passage of four bars that begins with a note of the lead: its rhythm in ticks and intervals."""
    line = [note for note in notes if note.voice == "lead"]
    found = list[int]()
    for number, first in enumerate(line):
        own = [
            ((note.pulse - first.pulse + PULSES_PER_TICK // 2) // PULSES_PER_TICK, note.pitch - first.pitch)
            for note in line[number : number + 128]
            if note.pulse - first.pulse < _SPAN
        ]
        if len(own) >= _LEAST_NOTES and len({pitch for _, pitch in own}) >= _LEAST_PITCHES:
            found.append(hash(tuple(own)))
    return found


def solo(path: Path) -> dict[str, int]:
    """Return how many values, and how many different ones, the codec finds in the published solo."""
    from models.codecs.jazz import values_of

    name, first, last = _SOLO
    start_pulse, end = first * 480, (last - first) * 480
    part = next(part for part in read_music(path).parts if part.name == name)
    notes = [
        Note(note.pulse - start_pulse, note.length, "lead", note.pitch, note.velocity)
        for note in part.notes
        if -60 <= note.pulse - start_pulse <= end
    ]
    values = values_of(notes, end)
    sounding = [value for value in values if len(value) > 1]
    return {
        "notes": len(notes),
        "values": len(sounding),
        "different": len(set(sounding)),
        "published_values": 193,
        "published_different": 78,
    }


def _against(name: str, trained: Path) -> dict[str, float]:
    """Return by how much the nats of ours exceed those of the published network at the same symbols."""
    ours, published = (
        {
            key: HeldOut(*row)
            for key, row in json.loads((trained / each / "held_out.json").read_text()).items()
        }
        for each in (name, f"{name}-published")
    )
    alone = {key.removesuffix("#lead"): row for key, row in ours.items() if key.endswith("#lead")}
    return difference(alone or ours, published)


if __name__ == "__main__":
    main()
