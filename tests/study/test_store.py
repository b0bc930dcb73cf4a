"""Answers: kept once, kept apart, without a way back to the listener."""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.study import store as stores
from daemon.study.rows import FILE_NAME, Answer, Listener, StoreError
from daemon.study.store import ABANDONED_SECONDS, MOST_WRITING, FullError, GoneError, Store, code_of


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path, "one") as opened:
        yield opened


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    times = [1_000_000.0]
    monkeypatch.setattr("daemon.study.store.time.time", lambda: times[0])
    return times


def come(store: Store) -> tuple[str, Listener]:
    token = store.admit("en", "some", "")
    found = store.listener(token)
    assert found is not None
    return token, found


def keep(store: Store, listener: Listener, screen: int, rating: int, *, is_last: bool = False) -> None:
    store.keep(listener, Answer(screen, (rating,) * 4, 12.5), is_last=is_last, code="CODE")


def test_answers_are_given_back(store: Store, now: list[float]) -> None:
    token, listener = come(store)
    keep(store, listener, 0, 3)
    keep(store, listener, 1, 5)
    assert store.answers() == {listener.id: [Answer(0, (3, 3, 3, 3), 12.5), Answer(1, (5, 5, 5, 5), 12.5)]}
    assert store.listener(token) == listener._replace(answered=2, seen=now[0])
    assert store.listeners() == [Listener(listener.id, 0, 2, "en", "some", "", now[0])]


def test_the_first_answer_to_a_screen_stays(store: Store) -> None:
    _, listener = come(store)
    keep(store, listener, 0, 3)
    keep(store, listener, 0, 7)
    assert [each.ratings for each in store.answers()[listener.id]] == [(3, 3, 3, 3)]


def test_the_file_refuses_what_is_no_rating(store: Store) -> None:
    _, listener = come(store)
    keep(store, listener, 0, 8)
    assert store.answers() == {}


def test_an_unknown_token_is_nobody(store: Store) -> None:
    come(store)
    assert store.listener("x") is None


def test_numbers_follow_each_other(store: Store) -> None:
    assert [come(store)[1].number for _ in range(3)] == [0, 1, 2]


def test_the_order_of_a_listener_who_went_away_is_used_again(store: Store, now: list[float]) -> None:
    silent, started, finished, last = (come(store)[1] for _ in range(4))
    keep(store, started, 0, 4)
    keep(store, finished, 0, 4, is_last=True)
    now[0] += ABANDONED_SECONDS + 1
    keep(store, last, 0, 4)
    assert [come(store)[1].number for _ in range(3)] == [silent.number, started.number, 4]
    # Who never answered is forgotten, who did is not.
    assert {each.number for each in store.listeners() if each.answered} == {1, 2, 3}
    assert len(store.listeners()) == 6


def test_a_study_takes_so_many_listeners(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "MOST_LISTENERS", 3)
    for _ in range(3):
        come(store)
    with pytest.raises(FullError):
        come(store)
    assert len(store.listeners()) == 3


def test_nothing_leads_from_the_code_or_the_file_to_the_listener(store: Store, tmp_path: Path) -> None:
    token, listener = come(store)
    code = code_of(token)
    store.keep(listener, Answer(0, (1, 2, 3, 4), 11.0), is_last=True, code=code)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
        rows = {
            table: file.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("listeners", "answers", "codes")
        }
    assert rows["codes"] == [(code,)]
    assert token not in str(rows)
    assert code not in str(rows["listeners"]) + str(rows["answers"])
    assert rows["listeners"][0][-1] is None, "the time of the last answer is forgotten at the end"


def test_answers_of_another_study_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="another study"):
        Store(tmp_path, "two")


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    Store(tmp_path, "one").close()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
        file.execute("PRAGMA user_version = 9")
    with pytest.raises(StoreError, match="version 9"):
        Store(tmp_path, "one")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database, but long enough to look at " * 40)
    with pytest.raises(StoreError, match="not a database"):
        Store(tmp_path, "one")


def test_many_threads_lose_nothing(store: Store) -> None:
    def listen() -> None:
        _, listener = come(store)
        for screen in range(5):
            keep(store, listener, screen, 1 + screen)

    threads = [threading.Thread(target=listen) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.number for each in store.listeners()) == list(range(8))
    assert [len(each) for each in store.answers().values()] == [5] * 8


def test_reading_does_not_wait_for_a_writer(store: Store, tmp_path: Path) -> None:
    token, _ = come(store)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused: list[StoreError] = []

        def try_to_come() -> None:
            try:
                store.admit("en", "", "")
            except StoreError as error:
                refused.append(error)

        threads = [threading.Thread(target=try_to_come) for _ in range(MOST_WRITING + 4)]
        begun = time.monotonic()
        for each in threads:
            each.start()
        time.sleep(0.2)
        looked = time.monotonic()
        assert store.listener(token) is not None
        assert time.monotonic() - looked < 1.0
        for each in threads:
            each.join()
        assert time.monotonic() - begun < 10, "no thread waits for all those before it"
        assert len(refused) == len(threads)
    assert store.admit("en", "", "")


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_file_that_was_deleted_or_replaced_is_not_written(
    store: Store, tmp_path: Path, end: str, is_replaced: bool
) -> None:
    token, listener = come(store)
    path = tmp_path / f"{FILE_NAME}{end}"
    away = path.rename(tmp_path / "away")
    if is_replaced:
        path.write_bytes(away.read_bytes())
    with pytest.raises(GoneError, match="deleted or replaced"):
        store.admit("en", "", "")
    with pytest.raises(GoneError):
        keep(store, listener, 0, 3)
    with pytest.raises(GoneError):
        store.listener(token)
    away.replace(path)
    assert store.listener(token) == listener
    assert store.answers() == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.timeout(20)
def test_a_pipe_is_no_file_of_answers(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    with pytest.raises(StoreError, match="not a regular file"):
        Store(tmp_path, "one")
