"""Sets of each genre: the beats of its drops, how simple its drops are, and whether the genres are told apart."""

from collections.abc import Callable
from functools import partial
from typing import Final

from models.genres import GENRES, Genre
from models.notes import Voice
from tests.music.row import Row
from tests.music.show import Reach, row_of
from tests.music.stage import MissingError, Stage
from training.evaluation import drops, simplicity
from training.evaluation.bars import Bars
from training.evaluation.discriminator import told_apart
from training.evaluation.grid import Numbers
from training.evaluation.measures import Measure

_SIMPLE: Final = ("house", "trance")
# Genres that a listener tells apart.
_TOLD: Final = ("house", "techno", "trance", "drum and bass", "dubstep", "ambient")


def rows(stage: Stage) -> list[Row]:
    """Sets of each genre. Raises MissingError if the parameters have no genre."""
    found = []
    for genre in GENRES:
        own = [Bars(each.music) for each in stage.of_genre(genre.name)]
        if not any(drops.bars_of_drops(piece).any() for piece in own):
            raise MissingError(f"no set of {genre.name} has a drop")
        found += rows_of(genre, own)
    return [*found, _told_row(stage)]


def _told_row(stage: Stage) -> Row:
    """The accuracy of trees on drops after they learned from other sets, among six genres; by chance it is 0.17.

    Tempo is left out: it alone would tell most genres.
    """
    sides = [[each.music for each in stage.of_genre(name)] for name in _TOLD]
    right = told_apart(sides, stage.effort.genre_sets, bars_of=drops.bars_of_drops)
    return Row(
        "windows of drops assigned to the right genre", right, "share", 0.8, None, None, ", ".join(_TOLD)
    )


def rows_of(genre: Genre, own: list[Bars]) -> list[Row]:
    """Return the rows of one genre."""
    beats = Measure("share of bars", partial(drops.drops_of_kind, kinds=genre.beats), "mean")
    found = [row_of(f"{genre.name}: drop bars of its beats", beats, own, [], Reach(0.8))]
    if genre.name in _SIMPLE:
        for name, unit, of, reach in _SIMPLICITY:
            found.append(row_of(f"{genre.name}, drops: {name}", Measure(unit, of), own, [], reach))
    return found


def _together(piece: Bars) -> Numbers:
    return simplicity.strike_together(piece, "bass", "chords", drops.bars_of_drops(piece))


def _in_drops(piece: Bars, *, of: Callable[..., Numbers], voice: Voice) -> Numbers:
    return of(piece, voice, drops.bars_of_drops(piece))


_SIMPLICITY: Final[tuple[tuple[str, str, Callable[[Bars], Numbers], Reach], ...]] = (
    ("bass and chords strike together", "0 to 1", _together, Reach(0.7)),
    (
        "bass onsets per bar",
        "onsets",
        partial(_in_drops, of=simplicity.onsets_per_bar, voice="bass"),
        Reach(3, 8),
    ),
    (
        "bass pitches in 8 bars",
        "pitches",
        partial(_in_drops, of=simplicity.pitches, voice="bass"),
        Reach(None, 5),
    ),
    (
        "bass rhythms in 8 bars",
        "rhythms",
        partial(_in_drops, of=simplicity.rhythms, voice="bass"),
        Reach(None, 2),
    ),
    (
        "lead pitches in 8 bars",
        "pitches",
        partial(_in_drops, of=simplicity.pitches, voice="lead"),
        Reach(None, 8),
    ),
    (
        "lead rhythms in 8 bars",
        "rhythms",
        partial(_in_drops, of=simplicity.rhythms, voice="lead"),
        Reach(None, 3),
    ),
)
