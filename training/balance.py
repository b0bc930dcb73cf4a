"""How often each song is used in an epoch: by the shares of styles, a weight for four on the floor, and a limit per song."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from training.piece import Piece
from training.recipe import CorpusRules

_ROUNDS: Final = 30


def weights(pieces: Sequence[Piece], rules: CorpusRules) -> list[float]:
    """Return how often each piece is used in an epoch. The style with the least music for its share is used completely.

    Songs with four on the floor count more, except generated songs, which all have it. No song fills more than
    `song_cap` of an epoch, except in collections so small that this is impossible.
    """
    often = [float(_often(piece, rules)) for piece in pieces]
    shares = _shares(pieces, rules)
    by_style = _ticks_by_style(pieces, often)
    epoch = min((by_style[style] / share for style, share in shares.items()), default=float(by_style.total()))
    most = max(rules.song_cap, 2 / max(len(pieces), 1)) * epoch
    for _ in range(_ROUNDS):
        by_style = _ticks_by_style(pieces, often)
        often = [
            min(
                each * (shares[piece.style] * epoch / by_style[piece.style] if shares else 1.0),
                most / piece.ticks,
            )
            for each, piece in zip(often, pieces, strict=True)
        ]
    return often


def _often(piece: Piece, rules: CorpusRules) -> int:
    return rules.four_on_the_floor_weight if piece.four_on_the_floor() and not piece.synthetic else 1


def _shares(pieces: Sequence[Piece], rules: CorpusRules) -> dict[str, float]:
    """Return the recipe's shares, scaled to the styles present; empty (no balancing) if one of them has no share."""
    wanted = {"edm": rules.edm_share, "classical": rules.classical_share, "other": rules.other_share}
    present = {style: wanted[style] for style in {piece.style for piece in pieces}}
    if not all(present.values()):
        return {}
    return {style: share / sum(present.values()) for style, share in present.items()}


def _ticks_by_style(pieces: Sequence[Piece], often: Sequence[float]) -> Counter[str]:
    """Return the ticks used of each style, as floats."""
    by_style: Counter[str] = Counter()
    for piece, each in zip(pieces, often, strict=True):
        by_style[piece.style] += piece.ticks * each  # type: ignore[assignment]
    return by_style


def told(pieces: Sequence[Piece], often: Sequence[float]) -> dict[str, float]:
    """Return the ticks of an epoch, and the shares of each style, of generated music and of the largest song."""
    ticks = [piece.ticks * each for piece, each in zip(pieces, often, strict=True)]
    everything = max(sum(ticks), 1.0)

    def share(marks: Sequence[bool]) -> float:
        return round(sum(count for count, mark in zip(ticks, marks, strict=True) if mark) / everything, 4)

    styles = sorted({piece.style for piece in pieces})
    return {
        "ticks": float(round(sum(ticks))),
        **{style: share([piece.style == style for piece in pieces]) for style in styles},
        "four_on_the_floor": share([piece.four_on_the_floor() for piece in pieces]),
        "synthetic": share([piece.synthetic for piece in pieces]),
        "largest_song": round(max(ticks, default=0.0) / everything, 4),
    }
