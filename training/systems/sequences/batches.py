"""Batches of sequences: songs in parallel streams, random snippets, or random windows with the symbol after them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from models.codecs.symbols import GRADES
from training.systems.sequences.lesson import Lesson
from training.systems.sequences.networks import Heard

_SEED: Final = 1


class Batch(NamedTuple):
    """B sequences of W symbols: `target` (B, W), `real` (B, W) is False in padding, `fresh` (B,): a new song begins."""

    heard: Heard
    target: Tensor
    real: Tensor
    fresh: Tensor


class Windows(NamedTuple):
    """B windows (B, W) and the symbol after each (B,)."""

    window: Tensor
    target: Tensor


class Span(NamedTuple):
    """A part of a song, up to the window's length."""

    lesson: Lesson
    start: int


def batch_of(spans: Sequence[Span | None], window: int, symbols: int, fresh: Sequence[bool]) -> Batch:
    """Return a batch of spans; None gives padding."""
    rows = len(spans)
    lessons = [span.lesson for span in spans if span is not None]
    features = lessons[0].features.shape[1]
    previous = np.full((rows, window), symbols, np.int64)
    target, real = np.zeros((rows, window), np.int64), np.zeros((rows, window), bool)
    given = np.zeros((rows, window, features), np.float32)
    recalled, lengths = np.full((rows, window, 2), symbols, np.int64), np.zeros((rows, window, 2), np.int64)
    for row, span in enumerate(spans):
        if span is None:
            continue
        each, start = span
        stop = min(start + window, len(each))
        count = stop - start
        target[row, :count], real[row, :count] = each.symbols[start:stop], True
        before = each.symbols[max(start - 1, 0) : stop - 1]
        previous[row, count - len(before) : count] = before
        given[row, :count] = each.features[start:stop] / np.float32(GRADES)
        recalled[row, :count], lengths[row, :count] = each.recalled[start:stop], each.lengths[start:stop]
    heard = Heard(*(torch.from_numpy(part) for part in (previous, given, recalled, lengths)))
    return Batch(heard, torch.from_numpy(target), torch.from_numpy(real), torch.tensor(list(fresh)))


class Streams(IterableDataset[Batch]):
    """Songs in `rows` parallel streams, window after window, in an order drawn for each epoch; `steps` batches.

    An epoch begins within songs, so that the ends of long songs are read as often as their beginnings. With `steps` 0 every
    song is read once from its beginning, in the given order.
    """

    def __init__(
        self, lessons: Sequence[Lesson], rows: int, window: int, symbols: int, *, steps: int, epoch: int = 0
    ) -> None:
        self._lessons, self._rows, self._window, self._symbols = lessons, rows, window, symbols
        self._steps, self._epoch = steps, epoch

    def __len__(self) -> int:
        """Return the number of batches."""
        return self._steps or sum(1 for _ in self._spans(iter(self._lessons), [None] * self._rows))

    def __iter__(self) -> Iterator[Batch]:
        songs = self._shuffled(self._epoch) if self._steps else iter(self._lessons)
        begin: list[Span | None] = self._begun(songs) if self._steps else [None] * self._rows
        self._epoch += 1
        for number, (spans, fresh) in enumerate(self._spans(songs, begin)):
            if self._steps and number == self._steps:
                break
            yield batch_of(spans, self._window, self._symbols, fresh)

    def _shuffled(self, epoch: int) -> Iterator[Lesson]:
        chance = np.random.default_rng([_SEED, epoch])
        while True:
            for number in chance.permutation(len(self._lessons)):
                yield self._lessons[number]

    def _begun(self, songs: Iterator[Lesson]) -> list[Span | None]:
        """Return for each stream a song and a place in it, each place equally likely; one window before it."""
        chance = np.random.default_rng([_SEED, self._epoch, 1])
        longest = max(len(each) for each in self._lessons)
        spans: list[Span | None] = []
        while len(spans) < self._rows:
            song, place = next(songs), int(chance.integers(longest))
            if place < len(song):
                spans.append(Span(song, place - self._window))
        return spans

    def _spans(
        self, songs: Iterator[Lesson], streams: list[Span | None]
    ) -> Iterator[tuple[list[Span | None], list[bool]]]:
        is_first = True
        while True:
            fresh = [span is None or span.start + self._window >= len(span.lesson) for span in streams]
            for row, span in enumerate(streams):
                if not fresh[row] and span is not None:
                    streams[row] = span._replace(start=span.start + self._window)
                else:
                    song = next(songs, None)
                    streams[row] = None if song is None else Span(song, 0)
            if all(span is None for span in streams):
                return
            yield list(streams), [is_first or each for each in fresh]
            is_first = False


class Snippets(IterableDataset[Batch]):
    """Random snippets of songs, each begun without memory; `steps` batches an epoch."""

    def __init__(
        self, lessons: Sequence[Lesson], rows: int, window: int, symbols: int, *, steps: int, epoch: int = 0
    ) -> None:
        self._lessons, self._rows, self._window, self._symbols = lessons, rows, window, symbols
        self._steps, self._epoch = steps, epoch

    def __len__(self) -> int:
        """Return the number of batches."""
        return self._steps

    def __iter__(self) -> Iterator[Batch]:
        chance = np.random.default_rng([_SEED, self._epoch])
        self._epoch += 1
        for _ in range(self._steps):
            spans = [Span(each, at) for each, at in _places(self._lessons, self._rows, self._window, chance)]
            yield batch_of(spans, self._window, self._symbols, [True] * self._rows)


class RandomWindows(IterableDataset[Windows]):
    """Random windows of songs, each with the symbol after it; `steps` batches an epoch.

    Songs begin with a window of the `padding` symbol, if there is one.
    """

    def __init__(
        self,
        lessons: Sequence[Lesson],
        rows: int,
        window: int,
        *,
        steps: int,
        epoch: int = 0,
        padding: int | None = None,
    ) -> None:
        self._songs = padded(lessons, window, padding)
        self._rows, self._window, self._steps, self._epoch = rows, window, steps, epoch

    def __len__(self) -> int:
        """Return the number of batches."""
        return self._steps

    def __iter__(self) -> Iterator[Windows]:
        chance = np.random.default_rng([_SEED, self._epoch])
        self._epoch += 1
        for _ in range(self._steps):
            places = _places(self._songs, self._rows, self._window, chance)
            yield windows_of([(song, at + self._window) for song, at in places], self._window)


def padded(lessons: Sequence[Lesson], window: int, padding: int | None) -> list[Any]:
    """Return the symbols of songs that are long enough, with padding before them."""
    before = np.full(0 if padding is None else window, padding or 0, np.int16)
    songs = [np.concatenate([before, each.symbols]) for each in lessons]
    return [song for song in songs if len(song) > window]


def windows_of(places: Sequence[tuple[Any, int]], window: int) -> Windows:
    """Return the windows before some places of songs, and the symbols at them."""
    read = np.stack([song[at - window : at] for song, at in places]).astype(np.int64)
    return Windows(torch.from_numpy(read), torch.tensor([int(song[at]) for song, at in places]))


def _places(
    songs: Sequence[Any], count: int, window: int, chance: np.random.Generator
) -> Iterator[tuple[Any, int]]:
    """Yield random places, each equally likely, at which `window` symbols and one more follow; short songs at 0."""
    sizes = np.array([max(len(song) - window, 1) for song in songs])
    ends = np.cumsum(sizes)
    for draw in chance.integers(0, ends[-1], count):
        number = int(np.searchsorted(ends, draw, side="right"))
        yield songs[number], int(draw - (ends[number] - sizes[number]))
