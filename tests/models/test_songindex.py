"""The songs of a gauge: packed songs are read again, other files are refused."""

import json

import numpy as np
import pytest

from models.songindex import Song, pack, unpack

EAST, NORTH = np.eye(2, dtype=np.float32)
SONGS = [Song("Ground", "Bach", np.stack([EAST, -NORTH])), Song("Rave", "", NORTH[None])]


def test_a_passage_is_nearest_to_its_own_song() -> None:
    index = unpack(pack(SONGS), 2)
    assert index.names == ("Ground (Bach)", "Rave")
    assert np.allclose(index.likeness(NORTH), [0, 1])
    assert np.allclose(index.likeness(-NORTH), [1, -1]), "any passage of a song may be the near one"
    shares = index.shares(NORTH, 0.1)
    assert shares.sum() == pytest.approx(1)
    assert shares[1] == pytest.approx(1 / (1 + np.exp(-10)))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        {"title": "x"},
        [{"title": "x", "credit": "y", "passages": []}],
        [{"title": "x", "credit": "y", "passages": [[1, 2, 3]]}],
        [{"title": "x", "credit": "y", "passages": [[0, 0]]}],
        [{"title": "x", "credit": "y", "passages": [[1, 500]]}],
        [{"title": "x", "credit": "y", "passages": [[1, 2], [1]]}],
        [{"title": 7, "credit": "y", "passages": [[1, 2]]}],
    ],
)
def test_what_is_no_song_file_is_refused(rows: object) -> None:
    with pytest.raises(ValueError, match=r"songs|passages|inhomogeneous"):
        unpack(json.dumps(rows).encode(), 2)
