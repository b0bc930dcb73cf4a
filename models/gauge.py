"""The gauge: a small network that reads eight bars, measures EDM against Classical and names the nearest songs."""

from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from models import bundle as bundles
from models.bundle import Bundle, BundleError
from models.codecs import melody, percussion
from models.codecs.base import STYLES, Floats
from models.manifest import GAUGE, HEARD_TICKS, SONGS
from models.session import cpu_session
from models.songindex import SongIndex, unpack

MOST_SONGS: Final = 5
_LAYOUTS: Final = (melody.LAYOUT, percussion.LAYOUT)


class Nearness(NamedTuple):
    """A training song and its share (0..1); the shares of all songs add up to 1."""

    title: str
    share: float


class Reading(NamedTuple):
    """The shares of EDM and Classical, which add up to 1, and up to five training songs, the nearest first.

    Silence gives 0.5, 0.5 and no songs.
    """

    edm: float
    classical: float
    songs: tuple[Nearness, ...]


class Gauge:
    """A gauge bundle, ready to read."""

    def __init__(self, bundle: Bundle) -> None:
        """Open a verified bundle. Raises BundleError if ONNX Runtime does not load it."""
        try:
            self._session = cpu_session(bundle.model(GAUGE))
        except Exception as error:  # ONNX Runtime may raise any exception here
            reason = str(error).strip().splitlines()[0][:200]
            raise BundleError(
                f"{bundle.folder}: the gauge does not load ({reason}); copy or export it again"
            ) from error
        row = bundle.network(GAUGE).settings
        self.bundle = bundle
        self._index: SongIndex = unpack(bundle.files[str(bundle.manifest[SONGS]["file"])], row["embedding"])
        self._temperature = float(row["nearness_temperature"])

    @classmethod
    def load(cls, where: str | Path | Bundle = GAUGE) -> Self:
        """Open a gauge by name, folder or verified bundle. Raises BundleError with the cause if it cannot."""
        if isinstance(where, Bundle):
            return cls(where)
        return cls(bundles.load(str(where.absolute()) if isinstance(where, Path) else where, GAUGE))

    def read(self, tunes: NDArray[np.integer], beats: NDArray[np.integer]) -> Reading:
        """Read the last 128 ticks of a passage of tokens in the common key: melody (T, 10), percussion (T, 9).

        A shorter passage is preceded by silence. Raises ValueError for other shapes.
        """
        rows = [
            _last(tokens, len(layout.slots)) for tokens, layout in zip((tunes, beats), _LAYOUTS, strict=True)
        ]
        if not any(row.any() for row in rows):
            return Reading(0.5, 0.5, ())
        style, place = self._session.run(
            ["style", "place"], dict(zip(("melody", "percussion"), rows, strict=True))
        )
        share = dict(zip(STYLES, style.tolist(), strict=True))
        return Reading(share["edm"], share["classical"], self._nearest(place))

    def _nearest(self, place: Floats) -> tuple[Nearness, ...]:
        shares = self._index.shares(place, self._temperature)
        best = np.argsort(-shares, kind="stable")[:MOST_SONGS]
        return tuple(Nearness(self._index.names[song], float(shares[song])) for song in best)


def _last(tokens: NDArray[np.integer], slots: int) -> NDArray[np.int64]:
    """Return the last ticks, preceded by silence if there are fewer: (128, S)."""
    if tokens.ndim != 2 or tokens.shape[1] != slots:
        raise ValueError(f"tokens are (ticks, {slots}); got {tokens.shape}")
    row = np.zeros((HEARD_TICKS, slots), np.int64)
    last = tokens[-HEARD_TICKS:]
    row[HEARD_TICKS - len(last) :] = last
    return row
