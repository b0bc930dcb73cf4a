"""The arrangement of a bundle is read as it was written, and refused if it is not valid."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from models.arrangement import NOTHING, Arrangement, Loop, MisshapenError, Phrase, dumps, loads
from models.genres import NAMES

PHRASE = Phrase(
    "drop",
    0.9,
    ((3,) * 8, (1, 2) * 4, (0, 0, 0, 5) * 2),
    ((2,) * 8, *((0,) * 8 for _ in range(7)), (0, 0, 0, 0, 0, 0, 0, 3)),
    (1, 2, 0, 4, 3, 2),
    ("ABCDABCD", "A" * 8, "ABABABAC", *("A" * 8 for _ in range(4))),
)
LABELLED = PHRASE._replace(genres=(0, 0, 0, 0, 4, 0, 9, 0, 0), synthetic=True)
STYLE = NOTHING._replace(
    phrases=(PHRASE, LABELLED),
    loops=(Loop((145,) * 8, (0, -1) * 4),),
    lengths={"drop": {4: 2}},
    transitions={"drop": {"break": 1}},
    endings={"drop": ((0, 3, 0, -2, 0, 0, 0, 0, 0),)},
    filled=0.4,
)


def test_what_was_written_is_read_again() -> None:
    content = dumps(Arrangement({"edm": STYLE, "classical": NOTHING}))
    again = loads(content)
    assert again.styles == {"edm": STYLE, "classical": NOTHING}
    assert again.style("jazz") == NOTHING
    assert dumps(again) == content
    assert b"ABABABAC" in content
    assert b"ABCDABCD" not in content  # repeated parts are written once


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("loops"), "cannot be read"),
        (lambda s: s["phrases"][0].pop(), "cannot be read"),
        (lambda s: s["phrases"][0].__setitem__(0, "chorus"), "'chorus' is not a section"),
        (lambda s: s["phrases"][0].__setitem__(1, 1.5), "energy of a phrase is not a number from 0 to 1"),
        (lambda s: s["phrases"][0].__setitem__(2, "1 1"), "does not have 3 voices and 9 drums"),
        (lambda s: s["phrases"][0].__setitem__(2, "6" + " 0" * 11), "a level is not from 0 to 5"),
        (lambda s: s["phrases"][0].__setitem__(2, "5 5 5 4" + " 0" * 8), "a level is not from 0 to 3"),
        (lambda s: s["phrases"][0].__setitem__(2, "123" + " 0" * 11), "does not have eight bars"),
        (lambda s: s["phrases"][0].__setitem__(3, "11155"), "manner of a phrase is out of range"),
        (lambda s: s["phrases"][0].__setitem__(3, "111114"), "manner of a phrase is out of range"),
        (lambda s: s["phrases"][0].__setitem__(4, "A A"), "does not have 7 forms"),
        (lambda s: s["phrases"][1].__setitem__(5, "9"), "does not have the weights 0 to 9 of 9 genres"),
        (lambda s: s["phrases"][1].__setitem__(5, "90000000x"), "cannot be read"),
        (lambda s: s["loops"].append([[145] * 8, [0] * 7]), "does not have four or eight bars"),
        (lambda s: s["loops"].append([[4096] * 8, [0] * 8]), "not a 12-bit pitch-class set"),
        (lambda s: s["loops"].append([[1.5] * 8, [0] * 8]), "not a 12-bit pitch-class set"),
        (lambda s: s["loops"].append([[145] * 8, [12] * 8]), "a root is not a pitch class"),
        (lambda s: s["lengths"]["drop"].update({"0": 1}), "length of a section is not above 0"),
        (lambda s: s["lengths"]["drop"].update({"2": 0}), "a count is not a whole number"),
        (lambda s: s["transitions"]["drop"].update({"chorus": 1}), "is not a section"),
        (lambda s: s["kept"].append(0.5), "does not have 7 numbers"),
        (lambda s: s.update(filled=-1), "does not have 1 numbers"),
        (lambda s: s["endings"]["drop"].append("333"), "does not have 9 drums"),
        (lambda s: s["endings"]["drop"].append("933333333"), "a level is not from 0 to 6"),
    ],
)
def test_what_is_no_arrangement_is_refused(change: Callable[[Any], object], words: str) -> None:
    styles = json.loads(dumps(Arrangement({"edm": STYLE})))
    change(styles["edm"])
    with pytest.raises(MisshapenError, match=words):
        loads(json.dumps(styles).encode())


def test_phrases_of_older_bundles_have_no_genre_and_do_not_say_how_bass_and_chords_strike() -> None:
    styles = json.loads(dumps(Arrangement({"edm": STYLE})))
    styles["edm"]["phrases"] = [
        [*PHRASE[:2], *styles["edm"]["phrases"][0][2:3], "12043", *styles["edm"]["phrases"][0][4:]]
    ]
    (phrase,) = loads(json.dumps(styles).encode()).style("edm").phrases
    assert phrase == PHRASE._replace(manner=(1, 2, 0, 4, 3, 0))
    assert (phrase.genres, phrase.synthetic) == ((), False)


def test_a_phrase_belongs_to_the_genres_with_half_of_the_largest_weight() -> None:
    def belongs(phrase: Phrase) -> set[str]:
        return {name for number, name in enumerate(NAMES) if phrase.belongs(number)}

    assert belongs(LABELLED) == {"breakbeat"}
    assert belongs(LABELLED._replace(genres=(0, 0, 0, 0, 5, 0, 9, 0, 0))) == {"drum and bass", "breakbeat"}
    assert belongs(PHRASE) == {"house", "deep house", "techno", "trance", "synthwave"}
    assert belongs(PHRASE._replace(drums=((1,) * 8, *PHRASE.drums[1:]))) == set()


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b'{"edm": []}', b"[" * 100_000, b"\xff"])
def test_other_json_and_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(MisshapenError):
        loads(content)
