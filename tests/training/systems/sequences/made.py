"""Small recipes and songs for the systems that play symbols."""

import random
from pathlib import Path

from tests.training.songs import BAR, SIXTEENTH, Row, write_midi

RECIPE = """
kind = "sequence"
name = "small"
version = "1"
system_name = "{system}"

[[source]]
name = "songs"
style = "edm"
teaches = ["melody"]
title = "Songs of a test"
licence = "CC0 1.0"

[corpus]
minimum_ticks = 0
minimum_on_grid = 0
four_on_the_floor_weight = 1

[bundle]
licence = "CC0 1.0"

[music]
voices = [{voices}]
{music}
least_notes = 8

[network]
{network}

[fit]
learning_rate = 0.01
weight_decay = 0
batch = 4
window = 16
steps = 8
epochs = 2
patience = 9
{fit}
"""
STREAM = (
    'kind = "stream"\nhidden = 12\nlayers = 2\nembedding = 6\nfeatures = true\nrecalls = true\ntied = true'
)
PLAIN = 'kind = "stream"\nhidden = 12\nlayers = 1'
WINDOW = 'kind = "window"\nhidden = 8\nlayers = 2\nbidirectional = true\ndropout = 0.1'
DENSE = 'kind = "window"\nhidden = 8\nlayers = 2\nscalar = true\ndense = 6\nrecurrent_dropout = 0.3\ndropout = 0.3'
VOICES = '"lead", "chords"'
# By the MD5 of these names two are in the test split and one in validation.
SONGS = (*range(1, 8), 9, 13, 18)


def recipe(system: str, network: str, fit: str = "", voices: str = '"lead"', music: str = "") -> str:
    return RECIPE.format(system=system, network=network, fit=fit, voices=voices, music=music)


def write_songs(folder: Path) -> Path:
    """Write songs of eight bars: a lead that repeats with changes, and chords."""
    folder.mkdir()
    for seed in SONGS:
        chance = random.Random(seed)
        line = [chance.choice([60, 62, 64, 67, 69, 72]) for _ in range(8)]
        lead: list[Row] = [
            (bar * BAR + 2 * place * SIXTEENTH, 2 * SIXTEENTH, pitch + (bar % 4 == 3), 70 + 4 * place)
            for bar in range(8)
            for place, pitch in enumerate(line)
        ]
        chords: list[Row] = [
            (bar * BAR, BAR, pitch, 60) for bar in range(8) for pitch in ((48, 52, 55), (50, 53, 57))[bar % 2]
        ]
        write_midi(folder / f"{seed}.mid", [("lead", 0, lead), ("chords", 1, chords)])
    return folder
