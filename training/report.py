"""The report on a corpus: which files were used or refused, and the contents of the music."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody
from training.piece import SYNTHETIC, Piece

RESIDUAL_STEPS: Final = 100


def _no_residual() -> NDArray[np.int64]:
    return np.zeros(RESIDUAL_STEPS, dtype=np.int64)


@dataclass
class Report:
    """Counts of songs and ticks by source and style, and the refused files with their reasons."""

    used: Counter[str] = field(default_factory=Counter)
    shortened: Counter[str] = field(default_factory=Counter)
    ticks: Counter[str] = field(default_factory=Counter)
    source_ticks: Counter[str] = field(default_factory=Counter)
    driving_ticks: Counter[str] = field(default_factory=Counter)
    roles: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    residuals: defaultdict[str, NDArray[np.int64]] = field(default_factory=lambda: defaultdict(_no_residual))
    refused: list[tuple[str, str]] = field(default_factory=list)

    def add(self, piece: Piece, residual: NDArray[np.int64] | None = None, *, whole: bool = True) -> None:
        """Count a used song. `residual` counts onsets by distance from the grid; `whole` is False if parts were left out."""
        self.used[piece.source] += 1
        self.shortened[piece.source] += not whole
        self.ticks[piece.style] += piece.ticks
        self.source_ticks[piece.source] += piece.ticks
        self.driving_ticks[piece.style] += piece.ticks * piece.four_on_the_floor()
        self.residuals[piece.source] += 0 if residual is None else residual
        self.roles[piece.source].update(voices_of(piece))

    def reasons(self) -> Counter[str]:
        """Return the number of refused files for each reason."""
        return by_cause(self.refused)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "songs": dict(self.used),
            "shortened_to_4/4": dict(+self.shortened),
            "ticks": dict(self.ticks),
            "ticks_by_source": dict(self.source_ticks),
            "synthetic_share": share_of(self.source_ticks[SYNTHETIC], sum(self.ticks.values())),
            "synthetic_share_of_edm": share_of(self.source_ticks[SYNTHETIC], self.ticks["edm"]),
            "four_on_the_floor_share": {
                s: round(self.driving_ticks[s] / n, 4) for s, n in self.ticks.items()
            },
            "songs_with": {source: dict(voices) for source, voices in self.roles.items()},
            "residual_ticks": {source: residual_of(counts) for source, counts in self.residuals.items()},
            "refused": dict(self.reasons()),
            "refused_files": [f"{name}: {reason}" for name, reason in self.refused],
        }


def by_cause(refused: Iterable[tuple[str, str]]) -> Counter[str]:
    """Count refused files, each (name, cause), by cause without the details in brackets."""
    return Counter(reason.split(" (")[0] for _, reason in refused)


def counted(report: Mapping[str, Any]) -> list[str]:
    """Return the reasons for refused files with the number of files, the most frequent first."""
    ranked = Counter(report["refused"]).most_common()
    return [f"{count} {'file' if count == 1 else 'files'}: {why}" for why, count in ranked]


def told_by_cause(refused: Sequence[tuple[str, str]]) -> str:
    """Return the causes as text, the most frequent first, each with its number of files and one example."""
    first = {reason.split(" (")[0]: f"{name} {reason}" for name, reason in reversed(refused)}
    return "; ".join(
        first[cause] if count == 1 else f"{count} files, such as {first[cause]}"
        for cause, count in by_cause(refused).most_common()
    )


def share_of(count: int, everything: int) -> float:
    """Return a share rounded to four places; 0 if `everything` is 0."""
    return round(count / max(everything, 1), 4)


def lines(report: Mapping[str, Any]) -> list[str]:
    """Return a report's dict as lines of text: one for each source, one for each style."""
    sources = [_source_line(report, source) for source in report["songs"]]
    styles = [
        f"{style}: {ticks} ticks, {report['four_on_the_floor_share'][style]:.0%} of them with four on the floor"
        for style, ticks in report["ticks"].items()
    ]
    generated = [f"{report['synthetic_share']:.1%} of all ticks are synthetic"] if sources else []
    return [*sources, *styles, *generated]


def _source_line(report: Mapping[str, Any], source: str) -> str:
    off = report["residual_ticks"][source]
    voices = ", ".join(f"{voice} in {count}" for voice, count in report["songs_with"][source].items())
    return (
        f"{source}: {report['songs'][source]} songs, {report['ticks_by_source'][source]} ticks; {voices}; "
        f"onsets {off['mean']:.3f} ticks off the grid on average, 95 % within {off['p95']:.3f}"
    )


def voices_of(piece: Piece) -> list[str]:
    """Return the voices that sound in a piece."""
    begins = np.atleast_1d(melody.onsets(piece.melody).any(axis=0))
    voices = [register.voice for register, sounds in zip(melody.REGISTERS, begins, strict=True) if sounds]
    return [*voices, *["drums"] * bool((piece.percussion > 0).any())]


def residual_of(counts: NDArray[np.int64]) -> dict[str, float]:
    """Return mean and 95th percentile in ticks, from counts of distances by hundredths of a tick."""
    total = max(int(counts.sum()), 1)
    # The first class contains notes exactly on the grid; every other class counts as its middle.
    middles = np.where(np.arange(RESIDUAL_STEPS) > 0, (np.arange(RESIDUAL_STEPS) + 0.5) / RESIDUAL_STEPS, 0.0)
    p95 = middles[np.searchsorted(np.cumsum(counts), 0.95 * total)] if counts.any() else 0.0
    return {"mean": round(float(counts @ middles) / total, 4), "p95": round(float(p95), 4)}
