"""All measures of structure, harmony and simplicity by name, pooled over a collection with an interval."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from models.beats import BEATS
from models.notes import MELODIC_VOICES, VOICES, Voice
from training.evaluation import drops, simplicity, structure, tonal
from training.evaluation.bars import Bars
from training.evaluation.grid import Numbers
from training.evaluation.music import Music
from training.evaluation.resampling import resampled_mean, resampled_median
from training.evaluation.statistics import number

Pooled = Literal["median", "mean"]
_PAIRS: Final[tuple[tuple[Voice, Voice], ...]] = (("bass", "chords"), ("lead", "chords"), ("lead", "bass"))


class Measure(NamedTuple):
    """A figure of a collection: values of each piece (one, several or none), pooled as their median or their mean."""

    unit: str
    of: Callable[[Bars], Numbers]
    pooled: Pooled = "median"


class Figure(NamedTuple):
    """A pooled figure with its 95 % interval by resampling pieces, and the number of values; NaN without values."""

    value: float
    low: float
    high: float
    values: int

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        interval = [number(self.low), number(self.high)]
        return {"value": number(self.value), "interval": interval, "values": self.values}


def _beat(piece: Bars, kind: int) -> Numbers:
    """Return for each bar with a drum: 1 if its beat is of this kind, else 0."""
    here = piece.beats[~piece.rests("drums")]
    return np.asarray(here == kind, np.float64)


def _of_voices(
    name: str, unit: str, of: Callable[[Bars, Voice], Numbers], voices: Sequence[Voice] = MELODIC_VOICES
) -> dict[str, Measure]:
    return {f"{voice}: {name}": Measure(unit, partial(_called, of=of, voice=voice)) for voice in voices}


def _called(piece: Bars, *, of: Callable[[Bars, Voice], Numbers], voice: Voice) -> Numbers:
    return of(piece, voice)


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        **{
            f"{voice}: similarity at {lag} bars": Measure(
                "0 to 1", partial(structure.similarity_at, voice=voice, lag=lag)
            )
            for voice in VOICES
            for lag in structure.LAGS
        },
        **_of_voices("figures known from 16 bars before", "share", structure.known_figures),
        "lead: back after a rest with a known figure": Measure("share", structure.back_after_rest, "mean"),
        "drums: changes in mid-phrase": Measure("share of bars", structure.changes_in_phrase),
        "drums: changes at phrase ends": Measure("share of bars", structure.changes_at_phrase_end),
        "lead: steps": Measure("share of intervals", tonal.steps),
        "lead: range in 8 bars": Measure("semitones", tonal.phrase_range),
        "bass: chord tone on the beat": Measure("share of notes", tonal.bass_on_chord, "mean"),
        "chords: notes together": Measure("notes", tonal.notes_per_chord),
        "chords i and III": Measure(
            "share of bars", partial(tonal.chord_degrees, degrees=tonal.TONIC), "mean"
        ),
        "chord VI": Measure("share of bars", partial(tonal.chord_degrees, degrees=tonal.SUBMEDIANT), "mean"),
        **_of_voices("onsets per bar", "onsets", simplicity.onsets_per_bar),
        **_of_voices("pitches in 8 bars", "pitches", simplicity.pitches),
        **_of_voices("rhythms in 8 bars", "rhythms", simplicity.rhythms),
        **_of_voices("note length", "ticks", simplicity.note_length),
        **{
            f"{one} and {other}: strike together": Measure(
                "0 to 1", partial(simplicity.strike_together, one=one, other=other)
            )
            for one, other in _PAIRS
        },
        **{
            f"beat: {name}": Measure("share of bars", partial(_beat, kind=kind), "mean")
            for kind, name in enumerate(BEATS)
        },
        "drops: lead known from the first drop": Measure("share", drops.known_from_first_drop, "mean"),
        **{
            f"drops: {voice} similarity at {lag} bars": Measure(
                "0 to 1", partial(drops.similarity_in_drops, voice=voice, lag=lag)
            )
            for voice in VOICES
            for lag in (2, 4, 8)
        },
        "drops: last against first in notes per bar": Measure("ratio", drops.last_against_first),
        "drops: last not thinner than the first": Measure("share of tracks", drops.never_thinner, "mean"),
    }
)


def figure(measure: Measure, pieces: Sequence[Bars]) -> Figure:
    """Pool a measure over pieces."""
    values = [measure.of(piece) for piece in pieces]
    together = np.concatenate([*values, np.zeros(0)])
    if not len(together):
        return Figure(np.nan, np.nan, np.nan, 0)
    median = measure.pooled == "median"
    low, high = (resampled_median if median else resampled_mean)(values)
    return Figure(float(np.median(together) if median else together.mean()), low, high, len(together))


def structure_figures(
    songs: Sequence[Music], progress: Callable[[int, int], None] = lambda _done, _all: None
) -> dict[str, Any]:
    """Return every measure of a collection for JSON, without those that have no value."""
    pieces = [Bars(song) for song in songs]
    found = {}
    for count, (name, measure) in enumerate(MEASURES.items(), start=1):
        each = figure(measure, pieces)
        if each.values:
            found[name] = each.as_dict()
        progress(count, len(MEASURES))
    return found
