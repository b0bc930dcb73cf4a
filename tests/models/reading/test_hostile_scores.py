"""Scores that are made to take long: each is small, and is read or refused soon."""

import time

import pytest

from models.reading.limits import RefusedError
from models.reading.notation.joining import sounds
from models.reading.notation.written import Note
from tests.models.reading.scoretexts import ABC_HEAD, ending, music, note, one_part, repeat

SECONDS = 5
Score = tuple[str | bytes, str]


def voices(each: str) -> str:
    return "".join(f"V:{number}\n{each}\n" for number in range(500))


READ: dict[str, Score] = {
    "keys in a bar": (ABC_HEAD + "[K:G]C" * 40_000, ".abc"),
    "to coda without a coda": (ABC_HEAD + '"To Coda"C8|' * 30_000 + "C8!D.C.!|", ".abc"),
}
REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    "empty overlays": (ABC_HEAD + "&" * 20_000 + "| " * 20_000, ".abc", r"more than 100 overlays \(&\) in a bar"),
    "overlays": (ABC_HEAD + "C&" * 20_000 + "|" + "C|" * 20_000, ".abc", "more than 100 overlays"),
    "chords": (ABC_HEAD + f"[{'C' * 200}]" * 10_000, ".abc", "has more than 100,000 notes"),
    "grace notes": (ABC_HEAD + f"{{{'C' * 200}}}C" * 10_000, ".abc", "has more than 100,000 notes"),
    "sections that nobody hears": (
        f"X:1\nP:A2000\nM:4/4\nL:1/8\nK:C\nP:A\nC8|{'[9C8|' * 2000}\n",
        ".abc",
        "plays more than 100,000 bars",
    ),
    "repeats of what nobody hears": (
        one_part(
            note(), ending("32", "start"), *[""] * 4000, ending("32", "stop"), note() + repeat("backward", times="1000")
        ),
        ".xml",
        "plays more than 100,000 bars",
    ),
    "bars of rest": (ABC_HEAD + voices("Z99998"), ".abc", "more than 100,000 bars of rest in all its voices"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_allowed_is_read_soon(name: str) -> None:
    data, suffix = READ[name]
    began = time.process_time()
    assert music(data, suffix).parts
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_is_refused_soon(name: str) -> None:
    data, suffix, cause = REFUSED[name]
    began = time.process_time()
    with pytest.raises(RefusedError, match=cause):
        music(data, suffix)
    assert time.process_time() - began < SECONDS


def test_grace_notes_behind_a_chord_without_end_are_placed_soon() -> None:
    chord = [Note(0, 1_000_000, 60) for _ in range(20_000)]
    graces = [Note(1000 + 2 * number, 0, 62, grace=1) for number in range(20_000)]
    began = time.process_time()
    assert len(sounds([(0, chord + graces)])) == 40_000
    assert time.process_time() - began < SECONDS
