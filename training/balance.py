"""How often each song is used in an epoch: shares of styles and genres, a weight for four on the floor, a limit per song."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from training.piece import Piece
from training.recipe import CorpusRules

_ROUNDS: Final = 30


class _Group(NamedTuple):
    """The real songs of a style, or the synthetic ones of a genre."""

    style: str
    synthetic: bool
    genre: str


def weights(pieces: Sequence[Piece], rules: CorpusRules) -> list[float]:
    """Return how often each piece is used in an epoch. The style with the least real music for its share is used completely.

    Real songs with four on the floor count more. Synthetic songs have at most `synthetic_share` of their style, divided
    equally among the genres. No song fills more than `song_cap` of an epoch, except in collections so small that this
    is impossible.
    """
    often = [float(_often(piece, rules)) for piece in pieces]
    ticks = _ticks_by_group(pieces, often)
    shares = _shares(ticks, rules)
    epoch = min(
        (ticks[group] / shares[group] for group in shares if _limits(group, ticks)), default=ticks.total()
    )
    most = max(rules.song_cap, 2 / max(len(pieces), 1)) * epoch
    for _ in range(_ROUNDS):
        ticks = _ticks_by_group(pieces, often)
        often = [
            min(
                each * (shares[_group(piece)] * epoch / ticks[_group(piece)] if shares else 1.0),
                most / piece.ticks,
            )
            for each, piece in zip(often, pieces, strict=True)
        ]
    return often


def _group(piece: Piece) -> _Group:
    return _Group(piece.style, piece.synthetic, piece.genre if piece.synthetic else "")


def _limits(group: _Group, ticks: Counter[_Group]) -> bool:
    """Return whether the group can be the one that is used completely: the real songs of a style, if it has any."""
    return not group.synthetic or _Group(group.style, False, "") not in ticks


def _often(piece: Piece, rules: CorpusRules) -> int:
    return rules.four_on_the_floor_weight if piece.four_on_the_floor() and not piece.synthetic else 1


def _shares(ticks: Counter[_Group], rules: CorpusRules) -> dict[_Group, float]:
    """Return each group's share, scaled to the styles present; empty (no balancing) if one of them has no share."""
    wanted = {"edm": rules.edm_share, "classical": rules.classical_share, "other": rules.other_share}
    present = {style: wanted[style] for style in {group.style for group in ticks}}
    if not all(present.values()):
        return {}
    whole = sum(present.values())
    return {group: present[group.style] / whole * _share_of_style(group, ticks, rules) for group in ticks}


def _share_of_style(group: _Group, ticks: Counter[_Group], rules: CorpusRules) -> float:
    alike = [other for other in ticks if other.style == group.style]
    genres = [other for other in alike if other.synthetic]
    made = sum(ticks[other] for other in genres) / sum(ticks[other] for other in alike)
    synthetic = made if made == 1 else min(made, rules.synthetic_share)
    return synthetic / len(genres) if group.synthetic else 1 - synthetic


def _ticks_by_group(pieces: Sequence[Piece], often: Sequence[float]) -> Counter[_Group]:
    """Return the ticks used of each group, as floats."""
    ticks: Counter[_Group] = Counter()
    for piece, each in zip(pieces, often, strict=True):
        ticks[_group(piece)] += piece.ticks * each  # type: ignore[assignment]
    return ticks


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
