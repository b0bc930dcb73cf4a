"""Savepoints: what a composer goes on from after the one before was killed, and what damaged files cost."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pytest

from daemon.composer.records.journalfile import begin, record
from daemon.composer.records.savepoints import FORMAT, Saved, SavedDeck, Savepoints
from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import Waiting
from daemon.music.deck.gestures import Gesture, Part
from daemon.music.deck.journal import Journal
from daemon.music.deck.operations import Cancel, Entry, Operation, Prime, Reseed, SetParameters, SwapModel
from daemon.music.deck.savedstate import encoder
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.lineup import Source, lineup_of, whole
from tests import needs
from tests.daemon.music.test_priming import loop
from tests.daemon.playback import loud, solo_of
from tests.daemon.solo import Solo, library_of
from tests.training import tiny

US = "this daemon"


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return solo_of(tiny.write(tmp_path_factory.mktemp("models") / "tiny"), 1)


@pytest.fixture
def deck(solo: Solo) -> Deck:
    solo.begin(1, 0)
    return solo.deck(loud())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "edmd"


def savepoints_in(folder: Path) -> Savepoints:
    savepoints = Savepoints(folder)
    assert savepoints.lock()
    return savepoints


def of(deck: Deck, tick: int = 0, daemon: str = US, version: int = FORMAT) -> Saved:
    state = deck.saved_state(tick)
    assert state is not None
    swing = SetParameters({"swing": 0.5})
    done = Gesture("1", 0.1, (Part(swing, SetParameters({"swing": 0.0})),))
    later = (Waiting(2, 128, Reseed(4, "phrase")),)
    seed = Part(Reseed(3), Reseed(1, "now"), (7,), has_acted=False, later=later)
    undone = Gesture(
        "2", 1e9, (seed, Part(SwapModel(whole(Source("a", "b"))), SwapModel({"melody": Source("c", "d")})))
    )
    provider, number = "CPUExecutionProvider", deck.journal.number
    return Saved(
        version,
        daemon,
        deck.course,
        provider,
        number,
        "play",
        (done, done),
        (undone,),
        12,
        state,
    )


def entry(number: int, tick: int = 0, energy: float = 0.5, revision: int = 0) -> Entry:
    return Entry(number, tick, SetParameters({"energy": energy}), revision)


def written(folder: Path, *saved: Saved, entries: tuple[Entry, ...] = ()) -> None:
    """Write savepoints; after each, note `entries`."""
    savepoints = savepoints_in(folder)
    for each in saved:
        savepoints.save(each, ())
        for one in entries:
            savepoints.note(one)
    savepoints.close()


def loaded(folder: Path, daemon: str = US) -> tuple[int, tuple[Entry, ...]] | None:
    """What the next composer finds: the tick of the state, and the entries."""
    savepoints = savepoints_in(folder)
    found = savepoints.load(daemon)
    savepoints.close()
    return None if found is None else (found.saved.state.tick, found.entries)


def states(folder: Path) -> list[Path]:
    return sorted(folder.glob("state-*"), key=lambda path: int(path.name.removeprefix("state-")))


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes, as on a full disk."""
    resource = needs.library("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_where_nothing_was_saved_there_is_nothing(folder: Path) -> None:
    assert loaded(folder) is None


def test_a_state_and_every_kind_of_operation_come_back_to_the_bit(deck: Deck, folder: Path) -> None:
    for _ in range(20):
        run(deck.compose())
    operations: tuple[Operation, ...] = (
        SetParameters(
            {"energy": 0.1 + 0.2, "lead.mute": True, "scale": "C minor", "transpose": -3}, "bar", 1.5
        ),
        Reseed(2**32 - 1, "now"),
        SwapModel(whole(Source("other", "digest"))),
        SwapModel({"percussion": Source("other", "digest")}, "beat"),
        Prime(loop(2).filled(4), loud(), lineup_of(Source("tiny", "digest")), "phrase"),
        Cancel((1, 2)),
    )
    entries = tuple(Entry(number, 20, each, number % 2) for number, each in enumerate(operations, 1))
    saved = of(deck, 20)
    written(folder, saved, entries=entries)
    savepoints = savepoints_in(folder)
    found = savepoints.load(US)
    savepoints.close()
    assert found is not None
    assert encoder.encode(found.saved.state) == encoder.encode(saved.state)
    assert msgspec.structs.replace(found.saved, state=saved.state) == saved
    primes = [each.operation for each in (*found.entries, *entries) if isinstance(each.operation, Prime)]
    assert np.array_equal(primes[0].music.melody, primes[1].music.melody)
    assert (primes[0].music.melody.dtype, primes[0].parameters) == (primes[1].music.melody.dtype, loud())
    others = [each for each in found.entries if not isinstance(each.operation, Prime)]
    assert others == [each for each in entries if not isinstance(each.operation, Prime)]


def test_the_next_composer_plays_what_the_one_before_would_have_played(
    deck: Deck, solo: Solo, folder: Path
) -> None:
    savepoints = savepoints_in(folder)
    deck.journal.changed = savepoints.note
    for _ in range(30):
        run(deck.compose())
    deck.begin(18)
    deck.accept(SetParameters({"transpose": 4}, "bar"), 18)
    savepoints.save(of(deck, 17), deck.journal.at(17, 1 << 60))
    deck.accept(Reseed(8, "beat"), 19)
    late = deck.accept(SetParameters({"gate": 0.3}), 20)
    deck.begin(23)
    deck.date_anew(0, 23)  # no revision held the changes before tick 23 began
    savepoints.close()
    deck.rewind()
    expected = {(ticked := run(deck.compose())).composed.tick: ticked for _ in range(60)}
    state = loaded_state(folder)
    solo.begin(123, 0)
    again = Deck(library_of(solo), state.saved.state, Journal(state.entries, state.saved.number))
    for _ in range(60):
        ticked = run(again.compose())
        if (tick := ticked.composed.tick) in expected and tick >= 23:
            assert (ticked.composed, ticked.release) == (expected[tick].composed, expected[tick].release)
    assert again.journal.number == late.number


def loaded_state(folder: Path) -> SavedDeck:
    savepoints = savepoints_in(folder)
    found = savepoints.load(US)
    savepoints.close()
    assert found is not None
    return found


def test_an_entry_counts_as_it_was_written_last(deck: Deck, folder: Path) -> None:
    written(folder, of(deck), entries=(entry(1, 5), entry(2, 6), entry(1, 9), entry(2, 6, revision=4)))
    assert loaded(folder) == (0, (entry(1, 9), entry(2, 6, revision=4)))


def test_the_last_of_two_savepoints_counts_and_no_more_are_left(deck: Deck, folder: Path) -> None:
    for _ in range(4):
        run(deck.compose())
    written(folder, *(of(deck, tick) for tick in range(5)), entries=(entry(1),))
    assert loaded(folder) == (4, (entry(1),))
    kept = len(states(folder))  # the last two, and those that are known to be on the disk
    assert 2 <= kept == len([*folder.glob("journal-*")]) <= 4


def test_a_new_composer_counts_on_from_the_savepoints_of_the_one_before(deck: Deck, folder: Path) -> None:
    run(deck.compose())
    written(folder, of(deck))
    written(folder, of(deck, 1), entries=(entry(1),))
    assert [path.name for path in states(folder)] == ["state-1", "state-2"]
    assert loaded(folder) == (1, (entry(1),))


@pytest.mark.parametrize("damage", ["cut", "empty", "changed", "gone", "random"])
def test_where_the_last_savepoint_is_damaged_the_one_before_serves(
    damage: str, deck: Deck, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(deck.compose())
    written(folder, of(deck), of(deck, 1), entries=(entry(1), entry(2)))
    last = states(folder)[-1]
    content = last.read_bytes()
    half = len(content) // 2
    damaged = {
        "cut": content[:half],
        "empty": b"",
        "changed": content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :],
        "random": bytes(range(256)) * 9,
    }
    if damage == "gone":
        last.unlink()
    else:
        last.write_bytes(damaged[damage])
    assert loaded(folder) == (0, (entry(1), entry(2)))
    assert ("savepoint 2 cannot be used" in caplog.text) == (damage != "gone")


def test_where_all_savepoints_are_damaged_there_is_none(deck: Deck, folder: Path) -> None:
    run(deck.compose())
    written(folder, of(deck), of(deck, 1))
    for path in states(folder):
        path.write_bytes(path.read_bytes()[:-1])
    assert loaded(folder) is None


def test_of_a_journal_that_was_cut_short_the_whole_entries_count(deck: Deck, folder: Path) -> None:
    entries = tuple(entry(number) for number in range(1, 6))
    written(folder, of(deck), entries=entries)
    journal = folder / "journal-1"
    content = journal.read_bytes()
    head = len(begin(()))
    size = (len(content) - head) // 5
    for length in range(head, len(content) + 1):
        is_whole = (length - head) % size == 0
        for rest in (b"", bytes(30)) if is_whole else (b"",):  # a failure of power can leave zeros
            journal.write_bytes(content[:length] + rest)
            assert loaded(folder) == (0, entries[: (length - head) // size])


def test_a_journal_of_garbage_makes_the_savepoint_before_serve(deck: Deck, folder: Path) -> None:
    run(deck.compose())
    written(folder, of(deck), of(deck, 1), entries=(entry(1),))
    (folder / "journal-2").write_bytes(begin(()) + record(b"abc"))
    assert loaded(folder) == (0, (entry(1),))


def test_a_savepoint_of_another_version_is_set_aside(
    deck: Deck, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(folder, of(deck, version=FORMAT + 1))
    assert loaded(folder) is None
    assert "another version of edmd wrote it" in caplog.text


def test_a_savepoint_of_another_daemon_is_none_and_takes_no_older_one_of_ours(
    deck: Deck, folder: Path
) -> None:
    written(folder, of(deck), of(deck, daemon="another"))
    assert loaded(folder) is None
    assert loaded(folder, "another") == (0, ())


def test_after_an_orderly_end_there_is_none(deck: Deck, folder: Path) -> None:
    written(folder, of(deck), of(deck))
    savepoints = savepoints_in(folder)  # of a composer that has not saved anything itself
    savepoints.clear()
    savepoints.note(entry(1))
    savepoints.close()
    assert loaded(folder) is None
    assert states(folder) == [*folder.glob("journal-*")] == []


def test_one_daemon_at_a_time_has_the_folder(
    deck: Deck, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = savepoints_in(folder), Savepoints(folder)
    first.save(of(deck), ())
    assert first._disk.drain(20.0)
    assert not second.lock()
    assert "another daemon with this configuration file keeps savepoints" in caplog.text
    second.save(of(deck), ())
    assert second.load(US) is None
    second.clear()
    second.note(entry(1))
    assert len(states(folder)) == 1
    first.close()
    assert second.lock()
    second.close()


def test_a_full_disk_is_told_once_and_what_was_written_before_serves(
    deck: Deck, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    savepoints = savepoints_in(folder)
    savepoints.save(of(deck), ())
    savepoints.note(entry(1))
    size = (folder / "journal-1").stat().st_size
    with files_at_most(size + size // 2):
        run(deck.compose())
        savepoints.save(of(deck, 1), ())
        for number in (2, 3):
            savepoints.note(entry(number))
            savepoints.turn()
            assert savepoints._disk.drain(20.0)
        assert caplog.text.count("no savepoint can be written") == 1
        assert str(folder) in savepoints.fault.text
    copied = shutil.copytree(folder, folder.with_name("died"))
    assert loaded(copied) == (0, (entry(1),))
    assert len([*folder.iterdir()]) == 3  # nothing is left of what was tried
    savepoints.note(entry(4))
    assert savepoints._disk.drain(20.0)
    assert savepoints.fault.text == ""
    assert "are written to" in caplog.text
    savepoints.close()
    assert loaded(folder) == (1, (entry(2), entry(3), entry(4)))


def test_a_folder_that_cannot_be_made_is_told_once(
    tmp_path: Path, deck: Deck, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("a file")
    savepoints = Savepoints(tmp_path / "state" / "edmd")
    assert not savepoints.lock()
    savepoints.save(of(deck), ())
    savepoints.note(entry(1))
    assert savepoints.load(US) is None
    assert caplog.text.count("no savepoint can be written") == 1


_KILLED: Final = """
import os, signal, sys
from pathlib import Path
from daemon.composer.records.savepoints import Savepoints
from daemon.music.deck.operations import Entry, SetParameters
from daemon.composer.records.savefiles import _content
from daemon.composer.records.savepoints import _decoded
folder = Path(sys.argv[1])
savepoints = Savepoints(folder)
assert savepoints.lock()
savepoints.save(_decoded(_content(folder / "state-1")), ())
for number in range(1, 100):
    savepoints.note(Entry(number, 0, SetParameters({"energy": 0.5})))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_noted_is_there(deck: Deck, folder: Path) -> None:
    written(folder, of(deck))
    ran = subprocess.run([sys.executable, "-c", _KILLED, str(folder)], check=False, timeout=100)
    assert ran.returncode == -signal.SIGKILL
    assert loaded(folder) == (0, tuple(entry(number) for number in range(1, 100)))
