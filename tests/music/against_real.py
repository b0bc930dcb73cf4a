"""Sets of EDM against real songs: overlap of features, a discriminator, copies."""

from tests.music.row import Row
from tests.music.stage import Stage, rows_of
from training.evaluation.copying import Copying, Index
from training.evaluation.discriminator import discriminate
from training.evaluation.features import FEATURES
from training.evaluation.music import HELD_OUT, LEARNED
from training.evaluation.overlap import overlap as overlap_of
from training.evaluation.overlap import ratio
from training.progress import counting


def overlap(stage: Stage) -> list[Row]:
    """How much of what training songs share with held-out songs the sets share with them."""
    held_out = rows_of(stage.held_out)
    own, ceiling = overlap_of(rows_of(stage.sets), held_out), overlap_of(rows_of(stage.learned), held_out)
    reached, low, high = ratio(own, ceiling)
    songs = f"{len(stage.sets)} sets, {len(stage.learned)} training and {len(stage.held_out)} held-out songs"
    head = Row(
        "ratio to training songs' overlap", reached, "", 0.85, None, 1.0, f"{low:.2f} to {high:.2f}; {songs}"
    )
    mean = Row("mean overlapping area", own.mean, real=ceiling.mean, note=f"{own.low:.2f} to {own.high:.2f}")
    each = [Row(name, own.by_feature[name], real=ceiling.by_feature[name]) for name in FEATURES]
    return [head, mean, *each]


def discriminator(stage: Stage) -> list[Row]:
    """Whether a fresh network tells the sets from real songs, beside whether it tells real from real."""
    with counting(stage.console, "telling sets from songs") as progress:
        own = discriminate(stage.sets, [*stage.learned, *stage.held_out], progress=progress)
    with counting(stage.console, "telling songs from songs") as progress:
        real = discriminate(stage.learned, stage.held_out, progress=progress)
    if own is None or real is None:
        return []
    note = (
        f"{own.low:.2f} to {own.high:.2f}, {own.windows} windows; "
        f"real {real.low:.2f} to {real.high:.2f}, {real.windows} windows"
    )
    return [Row("accuracy on 8-bar windows", own.accuracy, "", None, 0.7, real.accuracy, note)]


def copying(stage: Stage) -> list[Row]:
    """Melodies that stand in the songs learned from, in any key."""
    known = Index(stage.songs("edm", "classical", "other").only(LEARNED).songs)
    own, real = known.copying(stage.sets), known.copying(stage.songs("edm").only(HELD_OUT).songs)
    return [
        Row("4-bar windows found", own.share, "", None, 0.02, real.share, f"{own.found} of {own.windows}"),
        Row("longest match", _ticks(own), "ticks", None, None, _ticks(real), _where(own)),
        Row("longest match of held-out songs", _ticks(real), "ticks", note=_where(real)),
    ]


def _ticks(found: Copying) -> float:
    return float(found.longest.ticks) if found.longest else 0.0


def _where(found: Copying) -> str:
    match = found.longest
    if match is None:
        return "no passage of eight notes and a bar or more"
    return f"{match.title} from bar {match.bar}: {match.song} from bar {match.song_bar}"
