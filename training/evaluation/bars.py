"""A piece bar by bar and voice by voice: the input of the measures of structure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.beats import beats
from models.codecs import melody
from models.notes import BARS_PER_PHRASE, MELODIC_VOICES, TICKS_PER_BAR, VOICES, Voice
from training.evaluation.grid import Bools, Sounds, in_bars, sounds
from training.evaluation.music import Music

_REGISTERS: Final = {register.voice: register for register in melody.REGISTERS}
_PITCHES: Final = 128
_FEWEST_NOTES: Final = 8


class Section(NamedTuple):
    """A named range of bars; `stop` is the first bar after it, and `is_cut` says that the music ends within it."""

    name: str
    start: int
    stop: int
    is_cut: bool = False


@dataclass(frozen=True)
class Bars:
    """A piece up to the bar of its last onset."""

    music: Music

    @cached_property
    def count(self) -> int:
        """The number of bars."""
        last = max((int(np.flatnonzero(row)[-1]) for row in self._begun if row.any()), default=-1)
        return last // TICKS_PER_BAR + 1

    @cached_property
    def onsets(self) -> Mapping[Voice, Bools]:
        """(bars, 16, pitches) of each voice: what begins. For the drums the pitches are the nine drums."""
        drums = in_bars(self.music.percussion > 0)[: self.count]
        return {voice: drums if voice == "drums" else self._onsets(voice) for voice in VOICES}

    @cached_property
    def sounds(self) -> Sounds:
        """All melodic notes."""
        return sounds(self.music.melody)

    @cached_property
    def held(self) -> Mapping[Voice, Bools]:
        """(ticks, 128) of each melodic voice: the pitches that sound."""
        return {voice: _held(self.sounds.of_voice(voice), self.ticks) for voice in _REGISTERS}

    @cached_property
    def beats(self) -> NDArray[np.int64]:
        """(bars,): the kind of beat of each bar, as an index into `models.beats.BEATS`."""
        drums = self.onsets["drums"]
        return beats(drums.reshape(self.ticks, drums.shape[2]).astype(np.int64))

    @property
    def ticks(self) -> int:
        """The number of ticks."""
        return self.count * TICKS_PER_BAR

    @cached_property
    def sections(self) -> list[Section]:
        """The sections by their markers."""
        names = [(bar, words[0].lower()) for bar, text in self.music.sections if (words := text.split())]
        ends = [*(bar for bar, _ in names[1:]), self.count]
        return [
            Section(name, bar, min(end, self.count), is_cut=end >= self.count)
            for (bar, name), end in zip(names, ends, strict=False)
            if bar < min(end, self.count)
        ]

    @property
    def _begun(self) -> tuple[Bools, Bools]:
        return np.any(self.music.melody > 0, axis=1), np.any(self.music.percussion > 0, axis=1)

    def _onsets(self, voice: Voice) -> Bools:
        register, own = _REGISTERS[voice], self.sounds.of_voice(voice)
        grid = np.zeros((self.ticks, register.high - register.low + 1), bool)
        grid[own.onset, own.pitch - register.low] = True
        return grid.reshape(self.count, TICKS_PER_BAR, grid.shape[1])

    def rests(self, voice: Voice) -> Bools:
        """Return (bars,): whether a voice begins no note."""
        return ~np.asarray(self.onsets[voice].any(axis=(1, 2)))

    def rhythm(self, voice: Voice) -> Bools:
        """Return (bars, 16): the places at which a voice begins notes."""
        return np.asarray(self.onsets[voice].any(axis=2))

    def windows(self) -> list[slice]:
        """Return the bars of each whole window of eight bars that has at least eight melodic notes."""
        notes = np.sum([self.onsets[voice].sum(axis=(1, 2)) for voice in MELODIC_VOICES], axis=0)
        every = [
            slice(first, first + BARS_PER_PHRASE)
            for first in range(0, self.count - BARS_PER_PHRASE + 1, BARS_PER_PHRASE)
        ]
        return [bars for bars in every if notes[bars].sum() >= _FEWEST_NOTES]

    def notes_per_bar(self) -> NDArray[np.int64]:
        """Return (bars,): the onsets of all voices."""
        counts: NDArray[np.int64] = sum(
            (own.sum(axis=(1, 2)) for own in self.onsets.values()), np.zeros(self.count, np.int64)
        )
        return counts


def flat(onsets: Bools) -> Bools:
    """Return (bars, places): each bar's onsets as one row."""
    return onsets.reshape(len(onsets), onsets.shape[1] * onsets.shape[2])


def top_line(onsets: Bools) -> NDArray[np.int64]:
    """Return (bars, 16): the highest pitch that begins at each place, counted from 1; 0 if none begins."""
    pitches = onsets.shape[2]
    highest = pitches - np.argmax(onsets[:, :, ::-1], axis=2)
    return np.where(onsets.any(axis=2), highest, 0)


def _held(own: Sounds, ticks: int) -> Bools:
    steps = np.zeros((ticks + 1, _PITCHES), np.int64)
    np.add.at(steps, (own.onset, own.pitch), 1)
    np.add.at(steps, (np.minimum(own.onset + own.length, ticks), own.pitch), -1)
    sounding: Bools = np.cumsum(steps, axis=0)[:ticks] > 0
    return sounding
