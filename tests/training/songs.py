"""Small songs as MIDI files, and a recipe that trains on them in seconds."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import mido

from training.recipe import BundleFacts, CorpusRules
from training.systems.edm.recipe import EdmRecipe, Fit, NetworkSize

SIXTEENTH = 120
BAR = 16 * SIXTEENTH
SMALL = NetworkSize(hidden=12, layers=2, embedding=6, mix=8, dropout=0.0)
QUICK = Fit(
    streams=4,
    window=32,
    learning_rate=1e-2,
    weight_decay=0.0,
    epochs=2,
    patience=20,
    withhold_plan=0.0,
    withhold_lookback=0.0,
)


def small_recipe(fit: Fit = QUICK, size: NetworkSize = SMALL) -> EdmRecipe:
    """Return a recipe of two small networks."""
    return EdmRecipe(
        name="tiny",
        version="1",
        bundle=BundleFacts("CC0 1.0"),
        corpus=CorpusRules(64, 0.8, 1),
        melody=size,
        percussion=size,
        fit=fit,
    )


# Onset and length in MIDI ticks (480 a beat), pitch, velocity.
Row = tuple[int, int, int, int]


def write_midi(
    path: Path,
    tracks: Iterable[tuple[str, int, Sequence[Row]]],
    metre: tuple[int, int] = (4, 4),
    metres: Sequence[tuple[int, int, int]] = (),
) -> Path:
    """Write tracks of (name, channel from 0, notes). `metres` (beat, numerator, denominator) replaces the single metre."""
    file = mido.MidiFile(ticks_per_beat=480)
    for name, channel, notes in tracks:
        track = mido.MidiTrack()
        file.tracks.append(track)
        track.append(mido.MetaMessage("track_name", name=name))
        metas = _metres(metres or [(0, *metre)])
        track.extend(metas)
        if len(metas) > 1:
            track = mido.MidiTrack()
            file.tracks.append(track)
        events = [(on, 1, pitch, velocity) for on, _, pitch, velocity in notes]
        events += [(on + length, 0, pitch, 0) for on, length, pitch, _ in notes]
        now = 0
        for when, is_on, pitch, velocity in sorted(events):
            kind = "note_on" if is_on else "note_off"
            track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=when - now))
            now = when
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)
    return path


def _metres(metres: Sequence[tuple[int, int, int]]) -> list[mido.MetaMessage]:
    """Return time signatures, each with its delta time."""
    beats = [0, *(beat for beat, _, _ in metres)]
    return [
        mido.MetaMessage("time_signature", numerator=above, denominator=below, time=480 * (beat - before))
        for before, (beat, above, below) in zip(beats, metres, strict=False)
    ]


def write_song(path: Path, seed: int, bars: int = 8, transposed: int = 0) -> Path:
    """Write four voices over C, F, G, A minor; the lead and the order of the chords depend on the seed."""
    dice = random.Random(seed)
    roots = dice.sample([0, 5, 7, 9], 4)
    tunes = [dice.choice([0, 2, 4, 5, 7, 9, 11]) for _ in range(8 * bars)]
    chords = [
        (bar * BAR, BAR - 10, 60 + roots[bar % 4] + step + transposed, 70)
        for bar in range(bars)
        for step in (0, 3 if roots[bar % 4] == 9 else 4, 7)
    ]
    beats = range(4 * bars)
    bass = [(beat * 480 + 240, 200, 36 + roots[beat // 4 % 4] + transposed, 90) for beat in beats]
    lead = [(n * 240, 120, 72 + step + transposed, 80) for n, step in enumerate(tunes)]
    drums = [(beat * 480, 60, 36, 100) for beat in beats] + [(b * 480 + 240, 60, 42, 80) for b in beats]
    tracks = [("Sub", 0, bass), ("Warm", 1, chords), ("Saw", 2, lead), ("Kit", 9, drums)]
    return write_midi(path, tracks)


RECIPE = """
name = "tiny"
version = "1"
[[source]]
name = "club"
style = "edm"
teaches = ["melody", "percussion"]
title = "Songs of a test"
licence = "CC0 1.0"
[corpus]
minimum_ticks = 64
minimum_on_grid = 0.8
four_on_the_floor_weight = 1
[melody]
hidden = 12
layers = 2
embedding = 6
mix = 8
dropout = 0.0
[percussion]
hidden = 12
layers = 1
embedding = 6
mix = 8
dropout = 0.0
[fit]
streams = 4
window = 64
learning_rate = 1e-2
weight_decay = 0.0
epochs = 1
patience = 9
withhold_plan = 0.15
withhold_lookback = 0.1
[bundle]
licence = "CC BY 4.0"
"""

# A third network, which writes the plans of bars.
PLAN = """
[plan.size]
hidden = 12
layers = 1
embedding = 6
mix = 8
dropout = 0.0
[plan.fit]
streams = 4
window = 8
learning_rate = 1e-2
weight_decay = 0.0
epochs = 1
patience = 9
withhold_plan = 0.15
withhold_lookback = 0.1
"""
