"""Figures of a trained network on held-out songs, by source, beside the baselines."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from lightning.fabric.utilities import move_data_to_device
from numpy.typing import NDArray

from models.codecs.condition import COLUMNS, PLAN_GROUPS
from training.evaluation.resampling import Numbers, resampled_ratio
from training.networks import TickNetwork
from training.ngram import ORDER, Ngram
from training.piece import Piece
from training.systems.edm.lesson import LAYOUTS, Lesson, lesson
from training.systems.edm.lessons import TickLessons, TickLoss
from training.systems.edm.recipe import Fit
from training.systems.edm.streams import Batch, Streams
from training.yardsticks import MEMORIES, Song, Yardstick, learned

UNIT: Final = (
    "nats per tick on whole held-out songs; intervals: 95 %, of whole ticks, by resampling songs; told: the network gets "
    f"each bar's plan, untold: it does not; ngram: a back-off n-gram of order {ORDER} over whole ticks, trained on the same "
    "songs; ngram_copies: such an n-gram over each part, mixed with copies of 1, 2, 4, 8 bars ago; "
    "longest_match: mixed with what followed the longest earlier match in the song"
)


class Nats(NamedTuple):
    """The sums of nats (songs, parts) and the ticks (songs,) of held-out songs."""

    sums: Numbers
    ticks: NDArray[np.int64]

    def per_tick(self, part: str) -> dict[str, float]:
        """Return the nats per tick of each part of the network `part`, and in all."""
        names = [each.name for each in LAYOUTS[part].parts]
        means = (self.sums.sum(axis=0) / self.ticks.sum()).tolist()
        figures = {name: round(value, 4) for name, value in zip(names, means, strict=True)}
        return {**figures, "all": round(sum(means), 4)}

    def interval(self) -> list[float]:
        """Return the 95 % interval of the nats of whole ticks."""
        return [round(each, 4) for each in resampled_ratio(self.sums.sum(axis=1), self.ticks)]


def measure(network: TickNetwork, lessons: TickLessons) -> dict[str, Any]:
    """Return held-out figures by source, with those of the baselines; an empty table if the test split has no song."""
    figures = likelihoods(network, lessons)
    if figures:
        songs, part = lessons.songs, lessons.name
        for source, own in baselines(songs.train, _by_source(songs.test), part).items():
            intervals = figures[source]["intervals"] | own.pop("intervals")
            figures[source] |= {**own, "intervals": intervals}
    return figures


def baselines(
    train: Sequence[Piece], test: Mapping[str, Sequence[Piece]], part: str
) -> dict[str, dict[str, Any]]:
    """Return the figures of the baselines by source: the n-gram over whole ticks, and the yardsticks of each part."""
    layout = LAYOUTS[part]
    ngram = Ngram([piece.tokens(part) for piece in train], layout.slots)
    figures: dict[str, dict[str, Any]] = {}
    for source, pieces in test.items():
        nats = np.concatenate([ngram.nats(piece.tokens(part)) for piece in pieces])
        figures[source] = {"ngram": round(float(nats.mean()), 4), "intervals": {}}
    sums: dict[tuple[str, str], list[Numbers]] = defaultdict(list)
    for start, stop in layout.part_ranges:
        slots, songs = layout.slots[start:stop], [_song(piece, part, start, stop) for piece in train]
        known = learned(songs, slots)
        for name, memory in MEMORIES.items():
            yardstick = Yardstick(songs, slots, memory, known)
            for source, pieces in test.items():
                own = [yardstick.nats(_song(piece, part, start, stop)).sum() for piece in pieces]
                sums[source, name].append(np.array(own))
    for (source, name), columns in sums.items():
        found = Nats(np.stack(columns, axis=1), np.array([piece.ticks for piece in test[source]]))
        figures[source][name] = found.per_tick(part)
        figures[source]["intervals"][name] = found.interval()
    return figures


def _song(piece: Piece, part: str, start: int, stop: int) -> Song:
    return Song(piece.tokens(part)[:, start:stop], piece.style)


def likelihoods(network: TickNetwork, lessons: TickLessons) -> dict[str, dict[str, Any]]:
    """Return nats per tick by source, with the plan (told) and without it (untold), for whole ticks and by part."""
    part, fit = lessons.name, lessons.fit
    figures = {}
    for source, pieces in _by_source(lessons.songs.test).items():
        own = [lesson(piece, part) for piece in pieces]
        told, untold = (
            song_nats(network, part, fit, own, told_the_plan=is_told) for is_told in (True, False)
        )
        figures[source] = {
            "songs": len(own),
            "ticks": sum(each.ticks for each in own),
            "told": told.per_tick(part),
            "untold": untold.per_tick(part),
            "intervals": {"told": told.interval(), "untold": untold.interval()},
        }
    return figures


def _by_source(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    names = sorted({piece.source for piece in pieces})
    return {name: [piece for piece in pieces if piece.source == name] for name in names}


def held_out(
    network: TickNetwork, part: str, fit: Fit, lessons: list[Lesson], *, told_the_plan: bool
) -> dict[str, float]:
    """Return nats per tick on held-out lessons: for each part and in all."""
    return song_nats(network, part, fit, lessons, told_the_plan=told_the_plan).per_tick(part)


@torch.inference_mode()
def song_nats(
    network: TickNetwork, part: str, fit: Fit, lessons: list[Lesson], *, told_the_plan: bool
) -> Nats:
    """Return the nats of each lesson, in no particular order."""
    network.eval()
    loss, device = TickLoss(), network.offsets.device
    begun = np.zeros(fit.streams, np.int64)
    sums: dict[tuple[int, int], Any] = defaultdict(lambda: np.zeros(len(network.layout.parts)))
    ticks: dict[tuple[int, int], int] = defaultdict(int)
    for read in Streams(lessons, part, fit, learning=False, recalls_told=told_the_plan):
        batch: Batch = move_data_to_device(read, device)
        if not told_the_plan:
            for group in PLAN_GROUPS[part]:
                batch.heard.condition[..., COLUMNS[part][group]] = 0
        nats = loss.by_part(network, batch).sum(dim=1).cpu().numpy()
        # A song is the windows of one stream from a beginning to the next one; a stream that has ended has no ticks.
        begun[: len(nats)] += read.fresh.numpy()
        for stream, (own, real) in enumerate(zip(nats, read.real.sum(dim=1).tolist(), strict=True)):
            if real:
                sums[stream, int(begun[stream])] += own
                ticks[stream, int(begun[stream])] += real
    return Nats(np.array(list(sums.values())), np.array(list(ticks.values())))
