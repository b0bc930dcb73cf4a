"""Tokens as notes and as bars of onsets: the input of every measure, for real and generated music."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.notes import TICKS_PER_BAR, Voice

VOICES: Final[tuple[Voice, ...]] = tuple(register.voice for register in melody.REGISTERS)
_LENGTHS: Final = np.array((0, *melody.LENGTHS))
_SPANS: Final = tuple(register.high - register.low + 1 for register in melody.REGISTERS)

Bools = NDArray[np.bool_]
Numbers = NDArray[np.float64]


class Sounds(NamedTuple):
    """Melodic notes as arrays of equal length, by onset; `onset` and `length` in ticks, `voice` an index of `VOICES`.

    A new note of a voice ends that voice's earlier notes, as in playing.
    """

    onset: NDArray[np.int64]
    length: NDArray[np.int64]
    pitch: NDArray[np.int64]
    voice: NDArray[np.int64]

    def between(self, start: int, stop: int) -> "Sounds":
        """Return the notes that begin in these ticks, with onsets counted from `start`."""
        first, last = np.searchsorted(self.onset, (start, stop))
        own = Sounds(*(column[first:last] for column in self))
        return own._replace(onset=own.onset - start)

    def of_voice(self, voice: Voice) -> "Sounds":
        """Return the notes of one voice."""
        own = self.voice == VOICES.index(voice)
        return Sounds(*(column[own] for column in self))

    def count_sounding(self, ticks: int) -> NDArray[np.int64]:
        """Return (ticks,): the number of notes that sound at each tick."""
        steps = np.zeros(ticks + 1, np.int64)
        np.add.at(steps, self.onset, 1)
        np.add.at(steps, np.minimum(self.onset + self.length, ticks), -1)
        return np.cumsum(steps)[:ticks]


def sounds(tokens: Tokens) -> Sounds:
    """Return the notes of (T, 10) melody tokens."""
    columns = np.concatenate([_of_voice(tokens, voice) for voice in range(len(VOICES))], axis=1)
    return Sounds(*columns[:, np.lexsort((columns[2], columns[0]))])


def _of_voice(tokens: Tokens, voice: int) -> NDArray[np.int64]:
    """Return (4, notes): onset, length, pitch, voice."""
    start, stop = melody.LAYOUT.part_ranges[voice]
    pitches = tokens[:, start : stop - 1]
    begins = np.append(np.flatnonzero(pitches.any(axis=1)), len(tokens))
    tick, slot = np.nonzero(pitches)
    room = begins[np.searchsorted(begins, tick, side="right")] - tick
    length = np.minimum(_LENGTHS[np.maximum(tokens[tick, stop - 1], 1)], room)
    pitch = pitches[tick, slot] + melody.REGISTERS[voice].low - 1
    rows = np.stack([tick, length, pitch, np.full(len(tick), voice)])
    return np.unique(rows, axis=1)


def bar_count(tokens: Tokens) -> int:
    """Return the number of bars, including an incomplete last one."""
    return -(-len(tokens) // TICKS_PER_BAR)


def in_bars(ticks: Bools) -> Bools:
    """Reshape (T, ...) to (bars, 16, ...), with False after the end."""
    bars = -(-len(ticks) // TICKS_PER_BAR)
    padded = np.zeros((bars * TICKS_PER_BAR, *ticks.shape[1:]), bool)
    padded[: len(ticks)] = ticks
    return padded.reshape(bars, TICKS_PER_BAR, *ticks.shape[1:])


def onset_grid(tokens: Tokens) -> Bools:
    """Return (T, 122): the pitches that begin at each tick: 32 for the bass, 42 for the chords, 48 for the lead."""
    own = sounds(tokens)
    lows = np.array([register.low for register in melody.REGISTERS])
    firsts = np.cumsum((0, *_SPANS[:-1]))
    grid = np.zeros((len(tokens), sum(_SPANS)), bool)
    grid[own.onset, own.pitch - lows[own.voice] + firsts[own.voice]] = True
    return grid


def events(tunes: Tokens, beats: Tokens) -> Bools:
    """Return (bars, 16 * 131): the onsets of each bar by place: the pitches of each voice, then the nine drums."""
    grid = np.concatenate([onset_grid(tunes), beats > 0], axis=1)
    bars = in_bars(grid)
    return bars.reshape(len(bars), TICKS_PER_BAR * bars.shape[2])


def kicks(beats: Tokens) -> Bools:
    """Return (bars, 4): whether each beat has a kick."""
    kick = in_bars(beats[:, percussion.DRUMS.index("kick")] > 0)
    return kick[:, ::4]
