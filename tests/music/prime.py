"""Sets that continue eight bars of a held-out song: how similar they stay to it."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from models.codecs.base import HISTORY_TICKS
from models.notes import BARS_PER_PHRASE, VOICES
from tests.music.playing import Asked, Primer
from tests.music.row import Row
from tests.music.stage import EDM, MissingError, Stage
from training.evaluation.bars import Bars
from training.evaluation.music import Music
from training.evaluation.structure import similarity_to

_BLOCKS: Final = range(2, 6)
_BARS: Final = _BLOCKS.stop * BARS_PER_PHRASE - BARS_PER_PHRASE
_FEWEST_BARS: Final = 4


def rows(stage: Stage) -> list[Row]:
    """Blocks 2 to 5 of eight bars after the prime. Raises MissingError without a folder of training music."""
    primes = list(primes_of(stage.held_out, stage.effort.primes))
    if not primes:
        raise MissingError("no held-out song has eight bars in which all voices play")
    asked = [
        Asked(EDM, seed, _BARS, Primer.of(prime.melody, prime.percussion))
        for seed, prime in enumerate(primes)
    ]
    primed = stage.waited(stage.players.begin(asked), "sets that continue a song")
    unprimed = stage.played(EDM, range(len(primes)), _BARS, "sets without a prime")
    blocks, plain = (
        np.concatenate(
            [
                similarity_to(Bars(prime), Bars(each.music), _BLOCKS)
                for prime, each in zip(primes, own, strict=True)
            ]
        )
        for own in (primed, unprimed)
    )
    note = f"without a prime {plain.mean():.2f}; {len(primes)} songs"
    return [
        Row("similarity to the prime, blocks 2 to 5", float(blocks.mean()), "0 to 1", 0.35, None, None, note),
        Row("most similar block", float(blocks.max()), "0 to 1", None, 0.8),
    ]


def primes_of(songs: Sequence[Music], count: int) -> Iterator[Music]:
    """Yield the first eight bars of up to `count` songs in which each voice plays in at least four bars."""
    found = 0
    for song in songs:
        windows = range(0, len(song.melody) - HISTORY_TICKS + 1, HISTORY_TICKS)
        parts = (
            song._replace(
                melody=song.melody[at : at + HISTORY_TICKS],
                percussion=song.percussion[at : at + HISTORY_TICKS],
            )
            for at in windows
        )
        full = next((part for part in parts if _is_full(Bars(part))), None)
        if full is not None and found < count:
            found += 1
            yield full


def _is_full(piece: Bars) -> bool:
    return piece.count == BARS_PER_PHRASE and all(
        (~piece.rests(voice)).sum() >= _FEWEST_BARS for voice in VOICES
    )
