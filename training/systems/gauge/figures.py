"""Figures of a gauge: the style of held-out songs (unchanged, without drums, with a kick), and songs found again."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.codecs.base import STYLES
from models.songindex import Song, SongIndex
from training.evaluation.statistics import spearman, wilson
from training.systems.gauge.network import GaugeNetwork
from training.systems.gauge.songs import HEARD_BARS, GaugeSong, Tokens8
from training.systems.gauge.windows import DRUMS, blended, choice_of_cells, without

UNIT: Final = (
    "shares of correct styles on held-out songs, by window of eight bars and by song (mean over its windows), each "
    "with its 95 % Wilson interval; blends: mean estimated Classical share by true share; found_again: held-back "
    "passages of training songs whose own song is first or among the first five"
)
_PASSAGES: Final = 3
_CHUNK: Final = 256
_KICK, _MEDIUM = DRUMS.start, 2
_BLENDS_EACH: Final = 100
Shares = NDArray[np.float64]


@torch.inference_mode()
def judge(network: GaugeNetwork, windows: Sequence[Tokens8]) -> tuple[Shares, NDArray[np.float32]]:
    """Return Classical shares (N,) and places (N, E) of windows."""
    network.eval()
    read = [network(part.long()) for part in torch.split(torch.from_numpy(np.stack(windows)), _CHUNK)]
    logits, places = (torch.cat(each) for each in zip(*read, strict=True))
    return torch.sigmoid(logits).double().numpy(), places.numpy()


def windows_of(song: GaugeSong, first: int = 0, end: int | None = None) -> list[Tokens8]:
    """Return every second window of a range of bars."""
    return [song.window(bar) for bar in song.starts(first, song.bars if end is None else end)[::2]]


def measure(network: GaugeNetwork, songs: Sequence[GaugeSong]) -> dict[str, Any]:
    """Return figures on held-out songs; an empty table if a style has none."""
    if {song.style for song in songs} != {0, 1}:
        return {}
    silent = (False, False, False, True)
    views = {
        "whole": lambda tokens: tokens,
        "drums_withheld": lambda tokens: without(tokens, silent),
        "kick_beneath": with_kick,
    }
    read = {
        name: [_shares(network, [view(tokens) for tokens in windows_of(song)]) for song in songs]
        for name, view in views.items()
    }
    accuracy = {name: _accuracies(shares, songs) for name, shares in read.items()}
    return {"unit": UNIT, "accuracy": accuracy, "blends": _blends(network, songs)}


def _shares(network: GaugeNetwork, windows: Sequence[Tokens8]) -> Shares:
    audible = [tokens for tokens in windows if tokens.any()]
    return judge(network, audible)[0] if audible else np.array([0.5])


def with_kick(tokens: Tokens8) -> Tokens8:
    """Replace the drums by a kick on every beat."""
    beaten = without(tokens, (False, False, False, True))
    beaten[::4, _KICK] = _MEDIUM
    return beaten


def _accuracies(shares: Sequence[Shares], songs: Sequence[GaugeSong]) -> dict[str, Any]:
    """Return the accuracy by song and by window, for all and for each style, and each style's mean estimated share."""
    rows: dict[str, Any] = {}
    for name, styles in (("all", (0, 1)), *((name, (n,)) for n, name in enumerate(STYLES))):
        own = [(read, song.style) for read, song in zip(shares, songs, strict=True) if song.style in styles]
        by_window = [(share > 0.5) == bool(style) for read, style in own for share in read]
        by_song = [(read.mean() > 0.5) == bool(style) for read, style in own]
        rows[name] = {"songs": told_right(by_song), "windows": told_right(by_window)}
        if name != "all":
            rows[name]["classical_read"] = round(float(np.mean([read.mean() for read, _ in own])), 3)
    return rows


def told_right(hits: Sequence[bool]) -> dict[str, Any]:
    """Return the share of hits with its 95 % Wilson interval."""
    count, right = len(hits), int(sum(hits))
    low, high = wilson(right, count)
    return {"share": round(right / count, 4), "low": round(low, 4), "high": round(high, 4), "of": count}


def _blends(network: GaugeNetwork, songs: Sequence[GaugeSong]) -> dict[str, Any]:
    """Return the mean estimated Classical share at true shares around 0, 0.1, ... 1, and the rank correlation."""
    rng = np.random.default_rng(1)
    edm, classical = (
        [w for song in songs if song.style == style for w in windows_of(song)] for style in (0, 1)
    )
    mixed = [
        blended(
            edm[rng.integers(len(edm))],
            classical[rng.integers(len(classical))],
            choice_of_cells(rng, step / 10),
        )
        for step in range(11)
        for _ in range(_BLENDS_EACH)
    ]
    audible = [(tokens, share) for tokens, share in mixed if tokens.any()]
    true = np.array([share for _, share in audible])
    read, _ = judge(network, [tokens for tokens, _ in audible])
    steps = np.rint(true * 10).astype(int)
    means = [round(float(read[steps == step].mean()), 3) for step in range(11) if (steps == step).any()]
    return {"classical_read": means, "spearman": round(spearman(true.tolist(), read.tolist()), 3)}


def index_songs(network: GaugeNetwork, songs: Sequence[GaugeSong]) -> list[Song]:
    """Return the training songs, each with up to three places: means over the thirds of its training bars."""
    return [Song(song.title, song.credit, _passages(network, song)) for song in songs]


def _passages(network: GaugeNetwork, song: GaugeSong) -> NDArray[np.float32]:
    starts = song.starts(0, song.learned) or [0]
    _, places = judge(network, [song.window(start) for start in starts])
    thirds = np.array_split(places, min(_PASSAGES, -(-len(starts) // HEARD_BARS)))
    means = np.stack([third.mean(axis=0) for third in thirds])
    unit: NDArray[np.float32] = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
    return unit


def found_again(
    network: GaugeNetwork, songs: Sequence[GaugeSong], index: SongIndex
) -> tuple[dict[str, Any], float]:
    """Return how often held-back passages name their song, and the likeliest temperature; 0.1 without passages."""
    passages = [
        (number, window)
        for number, song in enumerate(songs)
        for window in windows_of(song, song.learned)[:: HEARD_BARS // 2]
    ]
    if not passages:
        return {}, 0.1
    _, places = judge(network, [window for _, window in passages])
    likeness = np.stack([index.likeness(place) for place in places])
    own = np.array([number for number, _ in passages])
    mine = likeness[np.arange(len(own)), own][:, None]
    rank = (likeness > mine).sum(axis=1)
    figures = {
        "songs": len(set(own.tolist())),
        "first": told_right(rank < 1),
        "among_five": told_right(rank < 5),
    }
    logits, songs_of = torch.from_numpy(likeness), torch.from_numpy(own)
    tried: list[float] = np.geomspace(0.02, 0.3, 28).tolist()
    return figures, min(tried, key=lambda each: float(nn.functional.cross_entropy(logits / each, songs_of)))
