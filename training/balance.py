"""How often each song is heard in an epoch: styles in the recipe's shares, four on the floor more, no song too much."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from training.piece import Piece
from training.recipe import CorpusRules

_ROUNDS: Final = 30


def weights(pieces: Sequence[Piece], rules: CorpusRules) -> list[float]:
    """Times an epoch each piece is heard; the style that is scarcest for its share is heard as it is.

    Four on the floor counts more, generated songs excepted: they are all so. No song has more than the recipe's part
    of an epoch, but for collections so small that every song must.
    """
    often = [float(_often(piece, rules)) for piece in pieces]
    shares = _shares(pieces, rules)
    heard = _heard(pieces, often)
    epoch = min((heard[style] / share for style, share in shares.items()), default=float(heard.total()))
    most = max(rules.song_cap, 2 / max(len(pieces), 1)) * epoch
    for _ in range(_ROUNDS):
        heard = _heard(pieces, often)
        often = [
            min(
                each * (shares[piece.style] * epoch / heard[piece.style] if shares else 1.0),
                most / piece.ticks,
            )
            for each, piece in zip(often, pieces, strict=True)
        ]
    return often


def _often(piece: Piece, rules: CorpusRules) -> int:
    return rules.four_on_the_floor_weight if piece.four_on_the_floor() and not piece.synthetic else 1


def _shares(pieces: Sequence[Piece], rules: CorpusRules) -> dict[str, float]:
    """The recipe's shares among the styles there are; empty when one of them has none: then all stays as it is."""
    wanted = {"edm": rules.edm_share, "classical": rules.classical_share, "other": rules.other_share}
    present = {style: wanted[style] for style in {piece.style for piece in pieces}}
    if not all(present.values()):
        return {}
    return {style: share / sum(present.values()) for style, share in present.items()}


def _heard(pieces: Sequence[Piece], often: Sequence[float]) -> Counter[str]:
    """Ticks heard of each style; a Counter of floats, as its totals are."""
    heard: Counter[str] = Counter()
    for piece, each in zip(pieces, often, strict=True):
        heard[piece.style] += piece.ticks * each  # type: ignore[assignment]
    return heard


def told(pieces: Sequence[Piece], often: Sequence[float]) -> dict[str, float]:
    """What an epoch is made of: its ticks, and shares of them by style, of what is generated, of the largest song."""
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
