"""ABC: pitches and times of the notes."""

import pytest

from models.music import Metre
from models.reading.limits import RefusedError
from models.take import Key
from tests.models.reading.scoretexts import ABC_HEAD, abc, heard, music, pitches


def tune(head: str, body: str = "CDEF|") -> list[int]:
    return pitches(music(f"X:1\nM:4/4\nL:1/4\n{head}\n{body}\n", ".abc"))


def test_notes_have_pitch_and_length() -> None:
    read = abc("C2 d/ e// f3/2 ^G,, _b' =c| z4 [CEG]4|")
    assert heard(read)[:6] == [
        (0, 480, 60),
        (480, 120, 74),
        (600, 60, 76),
        (660, 360, 77),
        (1020, 240, 44),
        (1260, 240, 94),
    ]
    assert heard(read)[-3:] == [(1740 + 960, 960, 60), (2700, 960, 64), (2700, 960, 67)]


def test_accidentals_hold_for_their_letter_up_to_the_bar_line() -> None:
    assert pitches(abc("^F F f _B b|F f B b|")) == [66, 66, 78, 70, 82, 65, 77, 71, 83]


@pytest.mark.parametrize(
    ("key", "sounds", "signature"),
    [
        ("D", [61, 62, 64, 66], Key(2)),
        ("Am", [60, 62, 64, 65], Key(0, is_minor=True)),
        ("Bb", [60, 62, 63, 65], Key(-2)),
        ("F# minor", [61, 62, 64, 66], Key(3, is_minor=True)),
        ("Ddor", [60, 62, 64, 65], Key(0)),
        ("D Mixolydian", [60, 62, 64, 66], Key(1)),
        ("D =c", [60, 62, 64, 66], Key(2)),
        ("D exp _e", [60, 62, 63, 65], Key(2)),
    ],
)
def test_keys(key: str, sounds: list[int], signature: Key) -> None:
    read = music(f"X:1\nM:4/4\nL:1/4\nK:{key}\nCDEF|\n", ".abc")
    assert pitches(read) == sounds
    assert read.keys == ((0, signature),)


def test_a_key_without_signs() -> None:
    assert tune("K:none") == tune("K:") == tune("K:clef=bass") == [60, 62, 64, 65]
    assert tune("K:HP", "CF|") == [61, 66]


@pytest.mark.parametrize(
    ("head", "semitones"),
    [
        ("K:C transpose=-2", -2),
        ("K:C octave=1", 12),
        ("K:C clef=treble-8", -12),
        ("K:C treble+8", 12),
        ("V:1 transpose=3\nK:C", 3),
        ("%%MIDI transpose -5\nK:C", -5),
    ],
)
def test_a_transposed_voice_sounds_as_it_does(head: str, semitones: int) -> None:
    assert tune(head, "C") == [60 + semitones]


def test_ties_join_over_bars_in_chords_and_apart_from_their_notes() -> None:
    assert heard(abc("C8-|C4 D4|")) == [(0, 2880, 60), (2880, 960, 62)]
    assert heard(abc("[CE]8-|[CG]8|")) == [(0, 1920, 64), (0, 3840, 60), (1920, 1920, 67)]
    assert heard(abc("[C-E]4 [CE]4|")) == [(0, 960, 64), (0, 1920, 60), (960, 960, 64)]
    assert heard(abc("^F8 -|F8|F8|")) == [(0, 3840, 66), (3840, 1920, 65)]


def test_a_tie_to_another_note_joins_nothing() -> None:
    assert heard(abc("C4-D4|C8|")) == [(0, 960, 60), (960, 960, 62), (1920, 1920, 60)]


def test_tuplets_and_broken_rhythms() -> None:
    assert [pulse for pulse, *_ in heard(abc("(3CDE (3:2:2C2D F>G A<B|"))] == [
        0,
        160,
        320,
        480,
        800,
        960,
        1320,
        1440,
        1560,
    ]
    assert [length for _, length, _ in heard(abc("C>>D .E>.F|"))] == [420, 60, 360, 120]
    in_six = music("X:1\nM:6/8\nL:1/8\nK:C\n(2CD (4CDEF|\n", ".abc")
    assert [length for _, length, _ in heard(in_six)] == [360, 360, 180, 180, 180, 180]


def test_grace_notes_take_their_time_from_the_note_before() -> None:
    assert heard(abc("C4 {ab}C4|")) == [(0, 800, 60), (800, 80, 81), (880, 80, 83), (960, 960, 60)]


def test_voices_overlays_and_rests_of_bars() -> None:
    read = music(
        'X:1\nM:4/4\nL:1/8\nV:1 name="High"\nV:2 bass name=Low\n%%MIDI program 33\nK:C\nV:1\nC8|D8|\nV:2\nC,8|D,8|\n',
        ".abc",
    )
    assert [(part.name, part.program) for part in read.parts] == [("High", 0), ("Low", 33)]
    assert [heard(read, number) for number in (0, 1)] == [
        [(0, 1920, 60), (1920, 1920, 62)],
        [(0, 1920, 48), (1920, 1920, 50)],
    ]
    inline = music("X:1\nM:4/4\nL:1/8\nK:C\n[V:1]C8|[V:2]C,8|\n[V:1]D8|[V:2]D,8|\n", ".abc")
    assert [heard(inline, number) for number in (0, 1)] == [heard(read, number) for number in (0, 1)]
    assert heard(abc("C8 & E4G4|F8|")) == [(0, 960, 64), (0, 1920, 60), (960, 960, 67), (1920, 1920, 65)]
    assert heard(abc("C8|Z2|D8|")) == [(0, 1920, 60), (5760, 1920, 62)]


def test_an_upbeat_is_a_short_bar() -> None:
    read = abc("GA|C8|D8|")
    assert read.bar_lines() == [0, 480, 2400, 4320]
    assert read.metres == (Metre(0, 4, 4), Metre(480, 4, 4))


@pytest.mark.parametrize(
    ("field", "metre"),
    [
        ("C", Metre(0, 4, 4)),
        ("C|", Metre(0, 2, 2)),
        ("6/8", Metre(0, 6, 8)),
        ("(2+3)/8", Metre(0, 5, 8)),
        ("2+2+3/8", Metre(0, 7, 8)),
    ],
)
def test_metres(field: str, metre: Metre) -> None:
    full = "".join("z8" for _ in range(metre.bar_pulses // 240)).replace("z8", "C")
    assert music(f"X:1\nM:{field}\nL:1/8\nK:C\n{full}|{full}|\n", ".abc").metres == (metre,)


@pytest.mark.parametrize(
    ("field", "tempo"),
    [
        ("1/4=90", 90.0),
        ("120", 60.0),
        ('"Allegro" 3/8=80', 120.0),
        ("1/4 1/8=60", 90.0),
        ("C=100", 50.0),
        ("1/4=0", None),
        ("x", None),
    ],
)
def test_tempos(field: str, tempo: float | None) -> None:
    read = music(f"X:1\nM:4/4\nL:1/8\nQ:{field}\nK:C\nC8|\n", ".abc")
    assert read.tempos == (((0, tempo),) if tempo else ())


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ("|:C8|D8:|E8|", "CDCDE"),
        ("C8|D8:|E8|", "CDCDE"),
        ("C8|:D8::E8:|", "CDDEE"),
        ("|:C8|1D8:|2E8|]F8|", "CDCEF"),
        ("|:C8|[1D8:|[2E8||F8|", "CDCEF"),
        ("|:C8|1,2D8:|3E8|]", "CDCDCE"),
        ("|:C8::|", "CCC"),
        ("C8|!fine!D8|E8!D.C.!|", "CDECD"),
        ('C8|"^Fine"D8|E8"^D.C. al Fine"|', "CDECD"),
        ("C8|!segno!D8|E8!D.S.!|", "CDEDE"),
        ("C8|\\\n1D8:|2E8|]", "CDCE"),
    ],
)
def test_repeats_endings_and_jumps(body: str, order: str) -> None:
    assert pitches(abc(body)) == [{"C": 60, "D": 62, "E": 64, "F": 65}[letter] for letter in order]


def test_what_cannot_be_is_ignored_and_told_with_its_value() -> None:
    read = music("X:1\nM:4/5\nQ:1/4=12345678\nK:C\nC8|\n", ".abc")
    assert sorted(remark.partition(":")[0] for remark in read.remarks) == [
        "the metre 4/5 is ignored",
        "the tempo 12345678 is ignored",
    ]


def test_sections_that_begin_in_the_middle_have_what_held_there() -> None:
    read = music("X:1\nP:BA\nM:4/4\nL:1/8\nK:C\nP:A\n[Q:1/4=90]C8|\nP:B\nD8|\n", ".abc")
    assert (pitches(read), read.tempos) == ([62, 60], ((0, 90.0),))


def test_ties_of_an_overlay_go_on_in_the_next_bar() -> None:
    assert heard(abc("C8 & ^E8-|C8 & E8|F8|")) == [
        (0, 1920, 60),
        (0, 3840, 65),
        (1920, 1920, 60),
        (3840, 1920, 65),
    ]


def test_the_order_of_parts() -> None:
    read = music("X:1\nP:(AB)2A3\nM:4/4\nL:1/4\nK:C\nP:A\nC4|\nP:B\nD4|\n", ".abc")
    assert pitches(read) == [60, 62, 60, 62, 60, 60, 60]
    assert [text for _, text in read.markers] == list("ABABAAA")


def test_percussion_by_channel_by_map_and_by_place() -> None:
    channel = music("X:1\nM:4/4\nL:1/4\n%%MIDI channel 10\nK:C clef=perc\nCDE^F|\n", ".abc")
    assert (channel.parts[0].is_drums, channel.parts[0].channel, pitches(channel)) == (
        True,
        10,
        [60, 62, 64, 66],
    )
    head = "%%MIDI channel 10\n%%MIDI drummap C 36\n%%MIDI drummap ^g 42\nK:C"
    assert tune(head, "C^gC^g|") == [36, 42, 36, 42]
    assert tune("K:C clef=perc", "FcFc|") == [36, 38, 36, 38]
    assert tune("I:percmap D pedal-hi-hat x\nK:C clef=perc", "D") == [44]


def test_a_map_of_drums_is_for_the_channel_of_drums() -> None:
    head = "%%MIDI drummap C 36\nV:1\nV:2\n%%MIDI channel 10\nK:C"
    read = music(f"X:1\nM:4/4\nL:1/4\n{head}\nV:1\nC4|\nV:2\nC4|\n", ".abc")
    assert [pitches(read, number) for number in (0, 1)] == [[60], [36]]


def test_programs_dynamics_titles_and_remarks() -> None:
    read = music('X:1\nT:First\nT:Second\n%%MIDI program 40\nM:4/4\nL:1/4\nK:C\n!f!"Am"C4|!p!D4|\n', ".abc")
    assert (read.title, read.parts[0].program) == ("First", 40)
    assert [note.velocity for note in read.parts[0].notes] == [96, 49]
    assert read.remarks == ("chord symbols are not played",)


def test_a_program_may_change_on_the_way() -> None:
    read = abc("C8|[I:MIDI program 40]D8|")
    assert (read.parts[0].program, read.parts[0].controls) == (0, ((1920, b"\xc0\x28"),))


def test_words_before_the_tune_are_no_part_of_it() -> None:
    assert pitches(
        music("A: collection\nK:D is a key\nABC\n%%MIDI transpose 1\n\n" + ABC_HEAD + "C8|\n", ".abc")
    ) == [61]


def test_a_tune_ends_with_an_empty_line_and_text_in_it_is_no_music() -> None:
    text = ABC_HEAD + "%%begintext\nABC\n%%endtext\nC8|% ABC\nw: a b c\nr: ABC\nD8|[r:ABC]\n\nA free text.\n"
    assert pitches(music(text, ".abc")) == [60, 62]


def test_a_tune_without_a_number_and_a_line_that_looks_like_a_field() -> None:
    assert pitches(music("K:C\nC:|\n", ".abc")) == [60, 60]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (ABC_HEAD + "C8|\n\nX:2\nK:C\nD8|\n", "holds 2 tunes; save each in its own file"),
        (ABC_HEAD, "has no notes"),
        (ABC_HEAD + "z8|\n", "has no notes"),
        ("X:1\nP:((((A99)99)99)99)\nK:C\nP:A\nC8|\n", "plays more than 10000 parts"),
        (ABC_HEAD + "Z99999|C8|" * 9, "more than 100,000 bars"),
        (ABC_HEAD + "|:C8::::::|" * 60000, "more than 100,000 bars"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_cause(text: str, cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        music(text, ".abc")


@pytest.mark.parametrize("comment", ["% a comment", "  % a comment", "%"])
def test_a_line_of_comment_does_not_end_the_tune(comment: str) -> None:
    assert pitches(abc(f"C8|\n{comment}\nD8|\n")) == [60, 62]
    assert pitches(abc(f"C8|\\\n{comment}\nD8|\n\nE8|\n")) == [60, 62]
