"""The symbol between two songs: the next song begins as in training."""

import pytest

from models.codecs import folk
from tests.daemon.music.systems.chosen_symbols import ChosenSession, Feeds, system_of
from tests.daemon.music.systems.symbol_bundles import WINDOW as WIDTH
from tests.daemon.music.systems.test_symbols import codec_of, played


@pytest.mark.parametrize("is_window", [False, True])
def test_a_song_begins_without_the_memory_of_the_one_before(is_window: bool) -> None:
    codec, seen = codec_of("folk"), list[tuple[int, Feeds]]()
    song = [63, 65, 63, 65, folk.SEPARATOR, 67, 69]

    def choose(count: int, feeds: Feeds) -> int:
        seen.append((count, feeds))
        return song[(len(seen) - 1) % len(song)]

    made = system_of(ChosenSession("folk", choose, is_window=is_window), "folk")
    played(made, 0, 4)
    first, second = seen[5:7]
    if is_window:
        assert set(first[1]["window"].tolist()) == {folk.SEPARATOR}
        assert second[1]["window"].tolist() == [folk.SEPARATOR] * (WIDTH - 1) + [67]
        return
    assert [count for count, _ in seen[3:7]] == [4, 5, 1, 2], "the state counts its steps"
    assert first[1]["previous"] == [codec.size]
    assert second[1]["previous"] == [67]
    for _, feeds in (first, second):
        assert not feeds["valid"].any()
        assert not feeds["lengths"].any()
