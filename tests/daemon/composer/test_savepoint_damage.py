"""Savepoints damaged, cut short, older and newer, at each byte: right, or set aside with a sentence; never a part."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from daemon.composer.records.savepoints import FORMAT
from daemon.music.deck.deck import Deck
from daemon.music.ensemble.drive import run
from tests.daemon.composer.test_savepoints import deck, entry, folder, loaded, of, solo, written

__all__ = ["deck", "folder", "solo"]
ENTRIES: Final = tuple(entry(number, number, 0.1 * number) for number in range(1, 7))


def damages(content: bytes, places: range) -> Iterator[tuple[str, bytes]]:
    """Yield the content changed in three ways at each of some bytes, and cut short there."""
    for place in places:
        yield f"cut at {place}", content[:place]
        yield f"zeros from {place}", content[:place] + bytes(len(content) - place)
        for bits in (0x01, 0x80):
            yield f"{place} changed", content[:place] + bytes([content[place] ^ bits]) + content[place + 1 :]


def check_damages(deck: Deck, folder: Path, caplog: pytest.LogCaptureFixture, step: int) -> int:
    """Damage the last of two savepoints; return how often the one before was taken."""
    run(deck.compose())
    written(folder, of(deck), of(deck, 1), entries=ENTRIES)
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    told = 0
    for name in ("state-2", "journal-2"):
        for what, damage in damages(kept[name], range(0, len(kept[name]), step)):
            for each in folder.iterdir():
                each.unlink()
            for file_name, content in {**kept, name: damage}.items():
                (folder / file_name).write_bytes(content)
            caplog.clear()
            found = loaded(folder)
            is_told = "savepoint 2 cannot be used and is set aside: " in caplog.text
            told += is_told
            assert found is not None, (name, what)
            if found[0] == 0:  # the one before
                assert (is_told, found[1]) == (True, ENTRIES), (name, what)
                assert (folder / "set-aside-state").exists()
            else:  # only the end of the journal may be missing, as after a death while it was written
                assert (is_told, found[1]) == (False, ENTRIES[: len(found[1])]), (name, what)
                assert len(found[1]) == len(ENTRIES) or not what.endswith("changed"), (name, what)
    return told


def test_savepoints_damaged_at_some_bytes(deck: Deck, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert check_damages(deck, folder, caplog, 97) > 100


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_savepoints_damaged_at_each_byte(deck: Deck, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert check_damages(deck, folder, caplog, 1) > 10_000


@pytest.mark.parametrize("version", [FORMAT - 1, FORMAT + 1])
def test_in_the_place_of_an_older_or_newer_savepoint_the_one_before_is_taken(
    version: int, deck: Deck, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(deck.compose())
    written(folder, of(deck), of(deck, 1, version=version), entries=ENTRIES)
    assert loaded(folder) == (0, ENTRIES)
    assert "savepoint 2 cannot be used and is set aside: another version of edmd wrote it" in caplog.text
    caplog.clear()
    assert loaded(folder) == (0, ENTRIES)
    assert "set aside" not in caplog.text  # it is told once
