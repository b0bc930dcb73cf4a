"""Sets of EDM against real songs: overlap of features, a discriminator, copies."""

from collections.abc import Sequence
from typing import Final

from tests.music.row import Row
from tests.music.stage import Stage, rows_of
from training.evaluation import sets
from training.evaluation.copying import Copying, Index
from training.evaluation.discriminator import GROUPINGS, Verdict, discriminate
from training.evaluation.features import FEATURES
from training.evaluation.music import HELD_OUT, LEARNED, Music
from training.evaluation.overlap import overlap as overlap_of
from training.evaluation.overlap import ratio
from training.progress import counting

# The share of beats with a kick from which a song counts as having four on the floor.
_FOUR_ON_THE_FLOOR: Final = 0.6


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
    """Whether boosted trees tell the sets from real songs, beside how well they tell songs from other songs.

    Most tracks of a set are house, one of seven songs is, and house is told from the other songs by its kick, whoever made
    it. So sets of house are held against the songs with four on the floor. The real figure there is the first half of these
    songs against the second half, which other people made; against all songs it is those with four on the floor against
    the others.
    """
    real = [*stage.learned, *stage.held_out]
    kicks = [sets.kick_on_beats(song.percussion) for song in real]
    house = [song for song, kick in zip(real, kicks, strict=True) if kick >= _FOUR_ON_THE_FLOOR]
    others = [song for song, kick in zip(real, kicks, strict=True) if kick < _FOUR_ON_THE_FLOOR]
    half = len(house) // 2
    asked = (
        ("AUC against songs with four on the floor", stage.house, house, house[:half], house[half:], 0.85),
        ("AUC against all songs", stage.sets, real, house, others, None),
    )
    rows = []
    for name, own, songs, one, other, high in asked:
        told, ceiling = _told_apart(stage, name, own, songs), _told_apart(stage, f"real: {name}", one, other)
        if told:
            note = (
                f"{told.low:.2f} to {told.high:.2f}, {told.windows} windows, mean of {GROUPINGS} groupings; "
            )
            note += f"accuracy {told.accuracy:.2f}"
            rows.append(Row(name, told.auc, "", None, high, ceiling.auc if ceiling else None, note))
    return rows


def _told_apart(stage: Stage, name: str, own: Sequence[Music], real: Sequence[Music]) -> Verdict | None:
    with counting(stage.console, name) as progress:
        return discriminate(own, real, progress=progress)


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
