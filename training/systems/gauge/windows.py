"""Training windows of eight bars: transposed, with voices removed, and blended across styles."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from models.codecs import melody, percussion
from models.manifest import HEARD_TICKS
from models.notes import TICKS_PER_BAR
from training.augment import shifted_tokens
from training.systems.gauge.recipe import Chances
from training.systems.gauge.songs import HEARD_BARS, GaugeSong, Tokens8

# Columns of a window that belong to bass, chords, lead and drums.
VOICES: Final = (
    *(slice(start, stop) for start, stop in melody.LAYOUT.part_ranges),
    slice(len(melody.LAYOUT.slots), len(melody.LAYOUT.slots) + len(percussion.DRUMS)),
)
DRUMS: Final = VOICES[-1]
_VOICE_OF: Final = np.repeat(np.arange(len(VOICES)), [each.stop - each.start for each in VOICES])
_FURTHEST: Final = 6
NO_SONG: Final = -1
Cells = NDArray[np.bool_]


class Windows(NamedTuple):
    """Windows (B, 128, 19), the Classical share of each (B,), and the song of each (B,), -1 for none."""

    tokens: Tensor
    classical: Tensor
    song: Tensor


class Window(NamedTuple):
    """One window (128, 19) with its Classical share and its song."""

    tokens: Tokens8
    classical: float
    song: int


def transposed(tokens: Tokens8, semitones: int) -> Tokens8:
    """Transpose by semitones. Pitches that leave their register are folded back by octaves."""
    moved = tokens.copy()
    moved[:, : DRUMS.start] = shifted_tokens(tokens[:, : DRUMS.start], (semitones,) * 3)
    return moved


def without(tokens: Tokens8, silent: Sequence[bool]) -> Tokens8:
    """Silence those of bass, chords, lead and drums for which `silent` is True."""
    audible: Tokens8 = tokens * ~np.asarray(silent)[_VOICE_OF]
    return audible


def cells(tokens: Tokens8) -> Cells:
    """Return (8, 4): which of bass, chords, lead and drums sound in each bar."""
    bars = tokens.reshape(HEARD_BARS, TICKS_PER_BAR, -1)
    return np.stack([bars[:, :, columns].any(axis=(1, 2)) for columns in VOICES], axis=1)


def blended(edm: Tokens8, classical: Tokens8, taken: Cells) -> tuple[Tokens8, float]:
    """Blend two windows: bars of voices where `taken` (8, 4) come from Classical, the others from EDM.

    Also returns the Classical share: the part of the sounding bars of all voices that is taken from Classical.
    """
    by_tick = np.repeat(taken, TICKS_PER_BAR, axis=0)
    mixed = np.where(by_tick[:, _VOICE_OF], classical, edm)
    sounding = cells(mixed)
    return mixed, float((sounding & taken).sum() / max(sounding.sum(), 1))


def choice_of_cells(rng: np.random.Generator, share: float) -> Cells:
    """Return (8, 4) with about `share` of the cells True: whole voices, whole bars, or single cells."""
    shape = ((1, 4), (HEARD_BARS, 1), (HEARD_BARS, 4))[rng.integers(3)]
    return np.broadcast_to(rng.random(shape) < share, (HEARD_BARS, 4))


class Drawing:
    """Draws random windows: both styles equally often, and every song of a style equally often."""

    def __init__(self, songs: Sequence[GaugeSong], chances: Chances, seed: int, *, learned: bool) -> None:
        """With `learned`, use only the bars of each song that are for training, else all bars."""
        self._rng = np.random.default_rng(seed)
        self._chances = chances
        self._songs = songs
        self._starts = [song.starts(0, song.learned if learned else song.bars) for song in songs]
        self._of_style = [
            [n for n, song in enumerate(songs) if song.style == style and self._starts[n]] for style in (0, 1)
        ]

    def batch(self, size: int) -> Windows:
        """Return `size` windows in which something sounds."""
        return heard([self._audible() for _ in range(size)])

    def _audible(self) -> Window:
        while not (window := self._window()).tokens.any():
            pass
        return window

    def _window(self) -> Window:
        if self._rng.random() < self._chances.blend:
            edm, classical = (self._changed(self._pick(style)[1]) for style in (0, 1))
            mixed, share = blended(edm, classical, choice_of_cells(self._rng, self._rng.random()))
            return Window(mixed, share, NO_SONG)
        style = int(self._rng.integers(2))
        song, tokens = self._pick(style)
        return Window(self._changed(tokens), float(style), song)

    def _pick(self, style: int) -> tuple[int, Tokens8]:
        song = int(self._rng.choice(self._of_style[style]))
        return song, self._songs[song].window(int(self._rng.choice(self._starts[song])))

    def _changed(self, tokens: Tokens8) -> Tokens8:
        rng, chances = self._rng, self._chances
        silent = [*(rng.random(3) < chances.no_voice), rng.random() < chances.no_drums]
        audible = without(tokens, silent)
        tokens = audible if audible.any() else tokens
        if rng.random() < chances.transpose:
            tokens = transposed(tokens, int(rng.integers(-_FURTHEST, _FURTHEST)))
        if rng.random() < chances.late:
            late = int(rng.integers(1, HEARD_BARS)) * TICKS_PER_BAR
            tokens = np.concatenate([np.zeros_like(tokens[:late]), tokens[: HEARD_TICKS - late]])
        return tokens


def heard(windows: Sequence[Window]) -> Windows:
    """Return windows as tensors."""
    return Windows(
        torch.from_numpy(np.stack([window.tokens for window in windows]).astype(np.int64)),
        torch.tensor([window.classical for window in windows]),
        torch.tensor([window.song for window in windows]),
    )


class Batches(IterableDataset[Windows]):
    """`steps` batches an epoch. Epochs differ from each other, but are the same in every run."""

    def __init__(
        self, songs: Sequence[GaugeSong], chances: Chances, batch: int, steps: int, epoch: int = 0
    ) -> None:
        self._songs, self._chances, self._batch, self._steps = songs, chances, batch, steps
        self._epoch = epoch

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[Windows]:
        drawing = Drawing(self._songs, self._chances, self._epoch, learned=True)
        self._epoch += 1
        for _ in range(self._steps):
            yield drawing.batch(self._batch)
