"""Humdrum **kern: pitches and times of the notes."""

import pytest

from models.music import Metre
from models.reading.limits import RefusedError
from models.take import Key
from tests.models.reading.scoretexts import heard, kern, music, pitches


def spines(*lines: str) -> str:
    return "\n".join(line.replace(" | ", "\t") for line in lines) + "\n"


def test_notes_have_pitch_and_length() -> None:
    read = kern("=1", "4c", "8cc#", "8B-", "4.CC", "8ccc##")
    assert heard(read) == [(0, 480, 60), (480, 240, 73), (720, 240, 58), (960, 720, 36), (1680, 240, 86)]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1c", 1920),
        ("0c", 3840),
        ("00c", 7680),
        ("6c", 320),
        ("12c", 160),
        ("3%2c", 1280),
        ("4..c", 840),
        ("16c", 120),
    ],
)
def test_rhythms(text: str, length: int) -> None:
    assert heard(kern(text))[0] == (0, length, 60)


def test_chords_rests_and_signs_of_print() -> None:
    read = kern("=1", "4c;L 4e/", "4r", "8.ddJT", "16eeyy", "4G'")
    assert heard(read) == [(0, 480, 60), (0, 480, 64), (960, 360, 74), (1320, 120, 76), (1440, 480, 55)]


def test_ties_over_notes_of_several_bars() -> None:
    read = kern("=1", "[1c", "=2", "1c_", "=3", "2c]", "2c")
    assert heard(read) == [(0, 4800, 60), (4800, 960, 60)]


def test_a_grace_note_takes_its_time_from_the_note_before() -> None:
    assert heard(kern("=1", "2c", "8qb", "2cc")) == [(0, 880, 60), (880, 80, 71), (960, 960, 72)]


def test_grace_notes_hold_nothing_up_in_other_spines() -> None:
    text = spines(
        "**kern | **kern", "*M4/4 | *M4/4", "2C | 4cc", ". | 8qff", ". | 4dd", "2D | 2ee", "*- | *-"
    )
    read = music(text, ".krn")
    assert heard(read, 1) == [(0, 960, 48), (960, 960, 50)]
    assert heard(read, 0) == [(0, 400, 72), (400, 80, 77), (480, 480, 74), (960, 960, 76)]


def test_spines_split_and_join() -> None:
    text = spines("**kern", "*M4/4", "2c", "*^", "4e | 2g", "4f | .", "*v | *v", "=2", "1c", "*-")
    assert heard(music(text, ".krn")) == [
        (0, 960, 60),
        (960, 480, 64),
        (960, 960, 67),
        (1440, 480, 65),
        (1920, 1920, 60),
    ]


def test_spines_change_places_begin_and_end() -> None:
    text = spines(
        "**kern | **kern",
        '*I"Low | *I"High',
        "*x | *x",
        "4cc | 4C",
        "*+ | *",
        "* | **kern | *",
        "4dd | 4f | 4D",
        "*- | * | *",
    )
    text += spines("4g | 4E", "*- | *-")
    read = music(text, ".krn")
    by_name = {part.name: [note.pitch for note in part.notes] for part in read.parts}
    assert by_name == {"High": [72, 74], "Low": [48, 50, 52], "": [65, 67]}


def test_the_rightmost_spine_stands_first() -> None:
    read = music(
        spines("**kern | **dynam | **kern", "*Icello | * | *Ivioln", "1C | f | 1c", "*- | *- | *-"), ".krn"
    )
    assert [(part.name, part.program) for part in read.parts] == [("violn", 40), ("cello", 42)]
    assert [part.notes[0].velocity for part in read.parts] == [80, 96]


def test_what_was_moved_is_moved_back_and_what_is_only_written_so_is_not() -> None:
    assert pitches(kern("*Trd1c2", "1d")) == [60]
    assert pitches(kern("*ITrd1c2", "1d")) == [62]


def test_key_tempo_metre_and_title() -> None:
    read = kern(
        "!!!OTL@@DE: Ein  Lied",
        "*k[b-e-]",
        "*g:",
        "*MM90",
        "=1",
        "1c",
        "*M3/4",
        "*MM[Allegro]",
        "=2",
        "2.c",
        "=3",
        "2.c",
    )
    assert read.title == "Ein Lied"
    assert read.keys == ((0, Key(-2, is_minor=True)),)
    assert read.tempos == ((0, 90.0),)
    assert read.bar_lines()[:3] == [0, 1920, 3360]


@pytest.mark.parametrize("tempo", ["3000", "0.5", "99999"])
def test_a_tempo_that_cannot_be_is_ignored_and_told(tempo: str) -> None:
    read = kern(f"*MM{tempo}", "1c")
    assert read.tempos == ()
    assert read.remarks == (f"the tempo {tempo} is ignored: 1 to 2000 beats a minute are allowed",)


def test_a_metre_that_cannot_be_is_ignored_and_told() -> None:
    assert kern("*M4/3", "1c").remarks[0].startswith("the metre 4/3 is ignored: 1 to 255 beats over 1, 2")


def test_an_upbeat_and_a_bar_in_halves() -> None:
    read = kern("4g", "=1", "1c", "=2", "2.d", "=:|!", "4g", "=3", "1e", "=4", "2.f", "==")
    assert read.metres == (Metre(0, 4, 4), Metre(480, 4, 4))
    assert pitches(read) == [67, 60, 62, 67, 60, 62, 67, 64, 65]


def test_repeats_and_lists_of_sections() -> None:
    assert pitches(kern("=1!|:", "1c", "=2", "1d", "=:|!", "1e")) == [60, 62, 60, 62, 64]
    listed = ("*>[A,A,B]", "*>norep[A,B]", "*>A", "=1", "1c", "=:|!", "*>B", "1d", "==")
    assert pitches(kern(*listed)) == [60, 60, 62]


def test_percussion() -> None:
    read = kern("*clefX", "*Idrmset", "4f", "4cc", "4gg", "4r")
    assert (read.parts[0].is_drums, read.parts[0].channel, pitches(read)) == (True, 10, [36, 38, 42])
    assert pitches(kern("*Itrngl", "4ccR", "4b")) == [81, 81]


def test_an_instrument_may_change_on_the_way() -> None:
    read = kern("*Iflt", "1ccc", "=", "*Ipicco", "1ccc")
    assert (read.parts[0].program, read.parts[0].controls) == (73, ((1920, b"\xc0\x48"),))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("**kern\n4c\n4d\t4e\n*-\n", r"has 2 columns in line 3, where 1 are expected"),
        ("**kern\t**kern\n4c\n", r"has 1 columns in line 2, where 2 are expected"),
        ("4c\n4d\n", "before a line that names the types of its columns"),
        ("**mens\nSc\n*-\n", r"has no \*\*kern spine"),
        ("**kern\n4r\n*-\n", "has no notes"),
        ("!! only words\n", r"has no \*\*kern spine"),
        (
            "**kern\n" + "\n".join("\t".join(["*^"] * 2**step) for step in range(9)),
            "has more than 200 columns",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_cause(text: str, cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        music(text, ".krn")


def test_line_ends_and_empty_columns_at_the_end_do_no_harm() -> None:
    assert pitches(music("**kern\t**text\r\n4c\tla\t\r\n4d\tlu\r\n*-\t*-\r\n", ".krn")) == [60, 62]
