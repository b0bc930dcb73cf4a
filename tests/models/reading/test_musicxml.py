"""MusicXML: pitches and times of the notes."""

import pytest

from models.music import Metre
from models.reading.limits import RefusedError
from models.take import Key
from tests.models.reading.scoretexts import (
    bars,
    ending,
    heard,
    hit,
    listed,
    metre,
    music,
    note,
    one_part,
    part,
    pitches,
    repeat,
    rest,
    score,
)

WHOLE = note("C4", 16)
TRANSPOSE = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"


def attributes(content: str) -> str:
    return f"<attributes>{content}</attributes>"


def direction(kind: str, sound: str = "") -> str:
    return f"<direction><direction-type>{kind}</direction-type>{sound}</direction>"


def test_notes_have_pulse_length_pitch_and_velocity() -> None:
    read = music(one_part(note("C4") + note("F4", 2, alter=1) + note("B5", 2, alter=-1), name="Solo"))
    assert heard(read) == [(0, 480, 60), (480, 240, 66), (720, 240, 82)]
    assert read.parts[0].notes[0].velocity == 80
    assert read.parts[0].name == "Solo"


def test_chords_begin_together_and_voices_side_by_side() -> None:
    second = f"<backup><duration>16</duration></backup>{note('C3', 8, voice=2)}<forward><duration>4</duration></forward>"
    read = music(one_part(WHOLE + note("E4", 8, is_chord=True) + second + note("D3", 4, voice=2)))
    assert heard(read) == [(0, 960, 48), (0, 960, 64), (0, 1920, 60), (1440, 480, 50)]


@pytest.mark.parametrize(
    ("transpose", "semitones"),
    [
        (TRANSPOSE, -2),
        ("<transpose><chromatic>0</chromatic><octave-change>-1</octave-change></transpose>", -12),
        ("<transpose><chromatic>-3</chromatic><octave-change>1</octave-change></transpose>", 9),
    ],
)
def test_a_transposing_instrument_sounds_as_it_does(transpose: str, semitones: int) -> None:
    read = music(one_part(attributes(transpose) + note("D5", 16)))
    assert pitches(read) == [74 + semitones]


def test_a_clef_with_an_octave_tells_only_where_notes_are_drawn() -> None:
    clef = "<clef><sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change></clef>"
    assert pitches(music(one_part(attributes(clef) + WHOLE))) == [60]


def test_a_transposition_may_hold_for_one_staff_alone() -> None:
    one = '<transpose number="2"><chromatic>-12</chromatic></transpose>'
    notes = note("C4", 8, "<staff>1</staff>") + note("C4", 8, "<staff>2</staff>")
    assert pitches(music(one_part(attributes(one) + notes))) == [60, 48]


def test_the_key_is_the_one_that_sounds() -> None:
    key = "<key><fifths>2</fifths><mode>minor</mode></key>"
    assert music(one_part(attributes(key) + WHOLE)).keys == ((0, Key(2, is_minor=True)),)
    assert music(one_part(attributes(key + TRANSPOSE) + WHOLE)).keys == ((0, Key(0, is_minor=True)),)


def test_a_tie_joins_what_it_ties_and_nothing_else() -> None:
    chord = note("C5", 8, tie="start") + note("E5", 8, is_chord=True)
    read = music(one_part(chord + note("C5", 8, tie="stop") + note("E5", 8, is_chord=True)))
    assert heard(read) == [(0, 960, 76), (0, 1920, 72), (960, 960, 76)]


def test_a_tie_goes_from_one_voice_to_another_and_over_bar_lines() -> None:
    first = note("C4", 16, tie="start", voice=1)
    read = music(
        one_part(first, note("C4", 16, tie="stop start", voice=2), note("C4", 16, tie="stop", voice=1))
    )
    assert heard(read) == [(0, 5760, 60)]


@pytest.mark.parametrize(
    "follows", [note("D4", 8, tie="stop"), rest(4) + note("C4", 4, tie="stop"), note("C4", 8)]
)
def test_a_tie_without_its_other_end_joins_nothing(follows: str) -> None:
    assert len(heard(music(one_part(note("C4", 8, tie="start") + follows)))) == 2


def test_ties_that_stand_in_notations_count_alike() -> None:
    tied = '<notations><tied type="{}"/></notations>'
    read = music(one_part(note("C4", 8, tied.format("start")) + note("C4", 8, tied.format("stop"))))
    assert heard(read) == [(0, 1920, 60)]


def test_a_grace_note_takes_its_time_from_the_note_before_and_moves_none() -> None:
    read = music(one_part(note("C4", 8) + note("B4", is_grace=True) + note("C5", 8)))
    assert heard(read) == [(0, 880, 60), (880, 80, 71), (960, 960, 72)]


def test_grace_notes_share_half_of_a_short_note_before_them() -> None:
    graces = note("A4", is_grace=True) + note("B4", is_grace=True)
    read = music(one_part(note("C4", 1) + graces + note("C5", 15)))
    assert heard(read) == [(0, 60, 60), (60, 30, 69), (90, 30, 71), (120, 1800, 72)]


def test_a_grace_note_at_the_beginning_strikes_with_its_note() -> None:
    read = music(one_part(note("B4", is_grace=True) + note("C5", 16)))
    assert heard(read) == [(0, 80, 71), (0, 1920, 72)]


def test_grace_notes_at_the_end_of_a_bar_come_before_the_next() -> None:
    read = music(one_part(note("C4", 16) + note("B4", is_grace=True), note("C5", 16)))
    assert heard(read) == [(0, 1840, 60), (1840, 80, 71), (1920, 1920, 72)]


def test_cue_notes_are_passed_over_and_told() -> None:
    read = music(one_part(WHOLE + "<note><cue/><pitch><step>E</step><octave>4</octave></pitch></note>"))
    assert pitches(read) == [60]
    assert read.remarks == ("cue notes are not played",)


DRUM_SET = "".join(
    f'<score-instrument id="P1-I{pitch}"><instrument-name>{name}</instrument-name></score-instrument>'
    for name, pitch in (("Kick", 36), ("Snare", 40), ("Bongo", 61))
) + "".join(
    f'<midi-instrument id="P1-I{pitch}"><midi-channel>10</midi-channel><midi-unpitched>{pitch + 1}</midi-unpitched>'
    "</midi-instrument>"
    for pitch in (36, 40)
)


def test_an_unpitched_note_plays_the_drum_of_its_instrument() -> None:
    hits = "".join(hit("E4", f'<instrument id="P1-I{pitch}"/>') for pitch in (36, 40, 61))
    read = music(one_part(hits, name="Drums", more=DRUM_SET))
    assert pitches(read) == [36, 40, 60]  # the last has no number and is known by its name
    assert read.parts[0].is_drums
    assert read.parts[0].channel == 10


@pytest.mark.parametrize(
    ("place", "head", "drum"),
    [
        ("F4", "", 36),
        ("C5", "", 38),
        ("C5", "x", 37),
        ("G5", "", 42),
        ("G5", "x", 42),
        ("G5", "circle-x", 46),
        ("D4", "x", 44),
        ("F5", "x", 51),
        ("F5", "", 50),
        ("A5", "x", 49),
    ],
)
def test_without_instruments_the_place_on_the_staff_tells_the_drum(place: str, head: str, drum: int) -> None:
    sign = f"<notehead>{head}</notehead>" if head else ""
    assert pitches(music(one_part(hit(place, sign), name="Drumset"))) == [drum]


@pytest.mark.parametrize(
    ("name", "drum"),
    [
        ("Triangle", 81),
        ("Snare Drum", 38),
        ("Bass Drum", 36),
        ("Hi-hat", 42),
        ("Open Hi-Hat", 46),
        ("Tambourine", 54),
    ],
)
def test_a_part_of_one_drum_is_known_by_its_name(name: str, drum: int) -> None:
    assert pitches(music(one_part(hit("E4"), name=name))) == [drum]


@pytest.mark.parametrize(("name", "drum"), [("Drumset", 38), ("Triangle", 81)])
def test_a_drum_may_stand_nowhere_on_the_staff(name: str, drum: int) -> None:
    nowhere = "<note><unpitched/><duration>4</duration></note>"
    assert pitches(music(one_part(nowhere, name=name))) == [drum]


def test_pitches_in_a_percussion_clef_tell_only_where_drums_are_drawn() -> None:
    clef = attributes("<clef><sign>percussion</sign></clef>")
    assert pitches(music(one_part(clef + note("F4") + note("C5")))) == [36, 38]


def test_a_pitch_of_an_unpitched_instrument_is_no_pitch() -> None:
    numbered = note("E4", 4, '<instrument id="P1-I40"/>')
    read = music(one_part(numbered, name="Set", more=DRUM_SET.replace(">10<", ">1<")))
    assert (read.parts[0].is_drums, pitches(read)) == (True, [40])


def test_every_drum_of_a_chord_is_read() -> None:
    read = music(
        one_part(hit("F4") + hit("C5", is_chord=True) + hit("G5", is_chord=True) + hit("F4"), name="Drumset")
    )
    assert heard(read) == [(0, 480, 36), (0, 480, 38), (0, 480, 42), (480, 480, 36)]


def test_pitched_notes_on_the_channel_of_drums_are_drums() -> None:
    more = '<midi-instrument id="I"><midi-channel>10</midi-channel></midi-instrument>'
    read = music(one_part(note("C2"), more=more))
    assert (read.parts[0].is_drums, pitches(read)) == (True, [36])


def test_a_part_with_pitches_and_drums_becomes_two() -> None:
    read = music(one_part(note("C4") + hit("C5"), name="Timpani"))
    assert [(each.is_drums, len(each.notes)) for each in read.parts] == [(False, 1), (True, 1)]
    assert read.parts[0].program == 47


@pytest.mark.parametrize(
    ("name", "more", "program"),
    [
        ("Clarinet in Bb", "", 71),
        ("Violoncello", "", 42),
        ("Englischhorn", "", 69),
        ("Horn in F", "", 60),
        ("Bassoon", "", 70),
        ("E-Piano", "", 4),
        ("What is this", "", 0),
        ("Violin", '<midi-instrument id="I"><midi-program>81</midi-program></midi-instrument>', 80),
        ("X", '<score-instrument id="I"><instrument-name>Flute</instrument-name></score-instrument>', 73),
        (
            "X",
            '<score-instrument id="I"><instrument-name>?</instrument-name>'
            "<instrument-sound>wind.reed.saxophone.tenor</instrument-sound></score-instrument>",
            65,
        ),
    ],
)
def test_the_program_is_written_or_known_by_name(name: str, more: str, program: int) -> None:
    assert music(one_part(WHOLE, name=name, more=more)).parts[0].program == program


def test_a_part_changes_its_program_where_another_instrument_plays() -> None:
    more = "".join(
        f'<score-instrument id="{key}"><instrument-name>{name}</instrument-name></score-instrument>'
        for key, name in (("A", "Flute"), ("B", "Piccolo"))
    )
    notes = "".join(note("C5", 8, f'<instrument id="{key}"/>') for key in "AB")
    read = music(
        one_part(
            notes,
            f'<sound><midi-instrument id="B"><midi-program>6</midi-program></midi-instrument></sound>{WHOLE}',
            more=more,
        )
    )
    assert read.parts[0].program == 73
    assert read.parts[0].controls == ((960, b"\xc0\x48"), (1920, b"\xc0\x05"))


def test_a_repeat_begins_with_the_program_it_began_with() -> None:
    more = "".join(
        f'<midi-instrument id="{key}"><midi-program>{key}</midi-program></midi-instrument>' for key in "12"
    )
    both = note("C5", 8, '<instrument id="1"/>') + note("C5", 8, '<instrument id="2"/>')
    read = music(one_part(both + repeat("backward"), more=more))
    assert read.parts[0].program == 0
    assert read.parts[0].controls == ((960, b"\xc0\x01"), (1920, b"\xc0\x00"), (2880, b"\xc0\x01"))


def test_parts_of_different_sound_have_different_channels() -> None:
    same = '<midi-instrument id="{}"><midi-channel>1</midi-channel><midi-program>{}</midi-program></midi-instrument>'
    listing = "".join(listed("", number, same.format(number, number)) for number in (1, 2, 3))
    read = music(score(*(part(bars(WHOLE), number) for number in (1, 2, 3)), listing=listing))
    assert [each.channel for each in read.parts] == [1, 2, 3]


def test_a_metre_may_be_a_sum() -> None:
    assert music(score(part([metre("3+2", "8") + note("C4", 10)]))).metres == (Metre(0, 5, 8),)
    two = metre("2").replace("</time>", "<beats>3</beats><beat-type>8</beat-type></time>")
    assert music(score(part([two + note("C4", 14)]))).metres == (Metre(0, 7, 8),)


@pytest.mark.parametrize(
    ("beats", "unit"), [("0", "4"), ("4", "3"), ("x", "4"), ("4", "0"), ("-3", "4"), ("999", "4")]
)
def test_a_metre_that_cannot_be_is_ignored_and_told(beats: str, unit: str) -> None:
    read = music(score(part([metre(beats, unit) + WHOLE])))
    assert read.metres == (Metre(0, 4, 4),)
    allowed = "1 to 255 beats over 1, 2, 4, 8, 16, 32, 64, 128 are allowed"
    assert read.remarks == (f"the metre {beats}/{unit} is ignored: {allowed}",)


def test_of_several_metres_at_a_place_the_last_one_holds() -> None:
    three = "<time><beats>3</beats><beat-type>4</beat-type></time>"
    twice = metre().replace("</attributes>", f"{three}</attributes>")
    assert music(score(part([twice + note("C4", 12)]))).metres == (Metre(0, 3, 4),)


def test_bars_without_any_metre_have_the_one_they_fill() -> None:
    divisions = "<attributes><divisions>4</divisions></attributes>"
    read = music(score(part([divisions + note("C4", 12), note("C4", 12), note("C4", 20)])))
    assert read.metres == (Metre(0, 3, 4), Metre(2880, 5, 4))


def test_short_bars_end_where_they_end() -> None:
    read = music(one_part(WHOLE, note("C4", 8), WHOLE, WHOLE))
    assert read.bar_lines() == [0, 1920, 2880, 4800, 6720]
    assert read.metres == (Metre(0, 4, 4), Metre(2880, 4, 4))


def test_an_upbeat_is_a_short_bar() -> None:
    read = music(one_part(note("C4", 4), WHOLE, WHOLE))
    assert read.bar_lines() == [0, 480, 2400, 4320]


def test_a_bar_longer_than_its_metre_has_a_metre_of_its_own() -> None:
    read = music(one_part(WHOLE, note("C4", 20), WHOLE))
    assert read.metres == (Metre(0, 4, 4), Metre(1920, 5, 4), Metre(4320, 4, 4))


def test_an_empty_bar_is_a_full_bar() -> None:
    read = music(one_part(WHOLE, "", WHOLE))
    assert heard(read) == [(0, 1920, 60), (3840, 1920, 60)]


def test_rests_do_not_make_a_bar_longer_than_its_metre() -> None:
    twice = rest(16) + rest(16)
    read = music(
        score(part(bars(WHOLE, WHOLE)), part(bars(twice, WHOLE), 2), listing=listed() + listed("", 2))
    )
    assert heard(read, 1) == [(1920, 1920, 60)]
    assert read.bar_lines() == [0, 1920, 3840]


def test_an_upbeat_is_as_long_as_what_plays_in_it() -> None:
    parts = (part(bars(note(), WHOLE), implicit=[0]), part(bars(rest(16), WHOLE), 2, implicit=[0]))
    assert music(score(*parts, listing=listed() + listed("", 2))).bar_lines() == [0, 480, 2400]


def test_a_part_that_is_written_too_long_does_not_move_the_others() -> None:
    parts = (part(bars(WHOLE, WHOLE)), part(bars(note("C3", 18), WHOLE), 2))
    read = music(score(*parts, listing=listed() + listed("", 2)))
    assert [pulse for pulse, *_ in heard(read)] == [0, 1920]


def test_durations_that_were_rounded_leave_a_bar_full() -> None:
    read = music(
        score(part([metre(divisions=100) + "".join(note("C4", 133) for _ in range(3)), WHOLE, WHOLE]))
    )
    assert [pulse for pulse, *_ in heard(read)][3:] == [1920, 1997]


def test_triplets_and_quintuplets_begin_at_their_pulse() -> None:
    read = music(score(part([metre(divisions=15) + note("C4", 5) * 3 + note("C4", 3) * 5 + note("C4", 30)])))
    assert [pulse for pulse, *_ in heard(read)] == [0, 160, 320, 480, 576, 672, 768, 864, 960]


def test_tempos_are_counted_in_quarters() -> None:
    mark = "<metronome><beat-unit>{}</beat-unit>{}<per-minute>{}</per-minute></metronome>"
    dotted = direction(mark.format("quarter", "<beat-unit-dot/>", "60"))
    half = direction(mark.format("half", "", "c. 50"))
    both = direction(mark.format("quarter", "", "70"), '<sound tempo="72"/>')
    read = music(one_part(dotted + WHOLE, half + WHOLE, both + WHOLE, '<sound tempo="200"/>' + WHOLE))
    assert read.tempos == ((0, 90.0), (1920, 100.0), (3840, 72.0), (5760, 200.0))


@pytest.mark.parametrize("tempo", ["0", "-3", "nan", "1e99", "x"])
def test_a_tempo_that_cannot_be_is_ignored(tempo: str) -> None:
    assert music(one_part(f'<sound tempo="{tempo}"/>' + WHOLE)).tempos == ()


def test_dynamics_are_velocities() -> None:
    read = music(
        one_part(direction("<dynamics><p/></dynamics>") + note() + '<sound dynamics="100"/>' + note())
    )
    assert [each.velocity for each in read.parts[0].notes] == [49, 90]
    loud = note().replace("<note>", '<note dynamics="50">')
    assert music(one_part(loud)).parts[0].notes[0].velocity == 45


def test_rehearsal_marks_are_markers_and_titles_titles() -> None:
    head = "<work><work-title>The work</work-title></work><movement-title>A\n  movement</movement-title>"
    read = music(score(part(bars(WHOLE, direction("<rehearsal>Drop</rehearsal>") + WHOLE)), head=head))
    assert read.markers == ((1920, "Drop"),)
    assert read.title == "A movement"
    assert music(one_part(WHOLE)).title == "untitled"


def test_a_repeated_bar_sign_plays_the_bar_before() -> None:
    sign = '<measure-style><measure-repeat type="{}">1</measure-repeat></measure-style>'
    read = music(
        one_part(
            note("C4", 16),
            attributes(sign.format("start")),
            "",
            attributes(sign.format("stop")) + note("D4", 16),
        )
    )
    assert heard(read) == [(0, 1920, 60), (1920, 1920, 60), (3840, 1920, 60), (5760, 1920, 62)]


def names(*contents: str) -> str:
    """Return the order in which bars that hold C, D, E and so on are played."""
    filled = [note("CDEFGAB"[index] + "4", 16) + each for index, each in enumerate(contents)]
    order = [sound.pitch for sound in music(one_part(*filled)).parts[0].notes]
    return "".join({60: "C", 62: "D", 64: "E", 65: "F", 67: "G", 69: "A"}[pitch] for pitch in order)


def test_a_repeat_is_played_from_its_beginning() -> None:
    assert names("", repeat("forward"), repeat("backward"), "") == "CDEDEF"
    assert names("", repeat("backward"), "") == "CDCDE"
    assert names("", repeat("backward", times="3")) == "CDCDCD"


def test_endings_are_played_in_their_pass() -> None:
    first = ending("1", "start") + repeat("backward") + ending("1", "stop")
    second = ending("2", "start") + ending("2", "discontinue")
    assert names("", first, second, "") == "CDCEF"
    several = ending("1, 2", "start") + repeat("backward") + ending("1, 2", "stop")
    assert names("", several, ending("3", "start") + ending("3", "stop"), "") == "CDCDCEF"


def test_an_ending_that_nothing_ends_ends_with_its_repeat_sign_or_the_next() -> None:
    first = ending("1", "start") + repeat("backward")
    assert names("", first, ending("2", "start"), repeat("forward"), repeat("backward")) == "CDCEFGFG"


def test_jumps_are_taken_once_and_repeats_not_again() -> None:
    assert names(repeat("backward"), '<sound fine="yes"/>', '<sound dacapo="yes"/>') == "CCDECD"
    assert (
        names("", '<sound segno="a"/>', '<sound tocoda="b"/>', '<sound dalsegno="a"/>', '<sound coda="b"/>')
        == "CDEFDEG"
    )


def test_jumps_in_words_are_taken_too() -> None:
    words = direction("<words>{}</words>")
    assert names("", words.format("Fine"), words.format("D.C. al Fine")) == "CDECD"
    segno = direction("<segno/>")
    assert (
        names("", segno, direction("<coda/>"), words.format("D.S. al Coda"), direction("<coda/>"))
        == "CDEFDEG"
    )


def test_what_held_at_a_repeat_holds_again() -> None:
    fast, slow = '<sound tempo="150"/>', '<sound tempo="75"/>'
    read = music(one_part(fast + WHOLE, slow + WHOLE + repeat("backward"), WHOLE))
    assert read.tempos == ((0, 150.0), (1920, 75.0), (3840, 150.0), (5760, 75.0))


def test_where_the_music_comes_back_to_no_tempo_and_no_key_the_unwritten_ones_hold() -> None:
    key = attributes("<key><fifths>2</fifths></key>")
    read = music(one_part(WHOLE, key + '<sound tempo="60"/>' + WHOLE + repeat("backward"), WHOLE))
    assert read.tempos == ((1920, 60.0), (3840, 120.0), (5760, 60.0))
    assert read.keys == ((1920, Key(2)), (3840, Key(0)), (5760, Key(2)))


@pytest.mark.parametrize("tempo", ["0.5", "3000"])
def test_a_tempo_that_cannot_be_is_ignored_and_told_once(tempo: str) -> None:
    read = music(one_part(f'<sound tempo="{tempo}"/><sound tempo="0"/>' + WHOLE))
    assert read.tempos == ()
    assert read.remarks == (f"the tempo {tempo} is ignored: 1 to 2000 beats a minute are allowed",)


CLEF = '<clef number="{}"><sign>{}</sign></clef>'


@pytest.mark.parametrize("order", [(1, -1), (-1, 1)])
def test_a_percussion_clef_is_for_its_staff_alone(order: tuple[int, int]) -> None:
    clefs = CLEF.format(1, "G") + CLEF.format(2, "percussion")
    made = attributes(clefs if order[0] > 0 else CLEF.format(2, "percussion") + CLEF.format(1, "G"))
    notes = note("D5", 8, "<staff>1</staff>") + note("F4", 8, "<staff>2</staff>")
    read = music(one_part(attributes("<key><fifths>1</fifths></key>") + made + notes))
    assert [(each.is_drums, [one.pitch for one in each.notes]) for each in read.parts] == [
        (False, [74]),
        (True, [36]),
    ]
    assert read.keys == ((0, Key(1)),)


def test_a_percussion_clef_without_a_number_is_for_all_notes_of_a_part_with_one_staff() -> None:
    clef = attributes("<clef><sign>percussion</sign></clef>")
    read = music(one_part(clef + note("F4", 8) + note("F4", 8, "<staff>1</staff>")))
    assert (read.parts[0].is_drums, pitches(read)) == (True, [36, 36])


def test_a_repeat_sign_within_a_bar_is_no_bar_line() -> None:
    upbeat, most, rest_of_it = note("C4", 4), note("D4", 12) + repeat("backward"), note("E4", 4)
    read = music(one_part(upbeat, WHOLE, most, rest_of_it, WHOLE))
    lines = [480 + 1920 * bar for bar in range(6)]
    assert read.bar_lines() == [0, *lines]


def test_scores_by_bars_are_read_as_scores_by_parts() -> None:
    one, two = bars(note("C4", 16), note("D4", 16)), bars(note("E4", 16), note("F4", 16))
    by_bars = "".join(
        f'<measure><part id="P1">{each}</part><part id="P2">{other}</part></measure>'
        for each, other in zip(one, two, strict=True)
    )
    listing = listed("a") + listed("b", 2)
    text = f"<score-timewise><part-list>{listing}</part-list>{by_bars}</score-timewise>"
    assert music(text) == music(score(part(one), part(two, 2), listing=listing))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("<plist/>", "is XML, but not a MusicXML score"),
        ("<opus/>", "a list of other scores"),
        (
            '<score-timewise><part id="P1"><note/></part></score-timewise>',
            "a <part> outside of its <measure>s",
        ),
        (
            '<score-timewise><measure/><part id="P1"><note/></part></score-timewise>',
            "a <part> outside of its <measure>s",
        ),
        ("<score-partwise>", "not well-formed XML"),
        ("<score-partwise/>", "has no notes"),
        (score(part(bars(rest(16)))).decode(), "has no notes"),
        ('<?xml version="1.0" encoding="klingon"?><score-partwise/>', "unknown encoding"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><score-partwise/>", "declares XML entities"),
        (
            "<!DOCTYPE x [<!ENTITY % a SYSTEM 'file:///etc/passwd'>%a;]><score-partwise/>",
            "declares XML entities",
        ),
        (
            "<!DOCTYPE x [<!ATTLIST note a CDATA 'b'>]><score-partwise/>",
            "declares XML entities or attributes",
        ),
        (
            "<!DOCTYPE x SYSTEM 'http://localhost:1/x.dtd'><score-partwise>&a;</score-partwise>",
            "not well-formed XML",
        ),
    ],
)
def test_what_is_no_score_is_refused_with_its_cause(text: str, cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        music(text)


WESTERN = ("iso-8859-1", "latin1", "ISO-8859-15", "windows-1252", "macintosh")
OTHERS = ("utf-8", "UTF8", "utf-16", "shift_jis", "Shift-JIS", "cp932", "euc-jp", "gb18030", "big5")


@pytest.mark.parametrize("encoding", [*WESTERN, *OTHERS])
def test_text_is_read_in_the_encoding_that_it_names(encoding: str) -> None:
    name = "Flöte" if encoding in WESTERN else "日本"
    text = one_part(WHOLE, name=name).decode().replace('"1.0"?', f'"1.0" encoding="{encoding}"?')
    assert music(text.encode(encoding)).parts[0].name == name


def test_a_default_namespace_does_no_harm() -> None:
    text = one_part(WHOLE).replace(b"<score-partwise", b'<score-partwise xmlns="http://www.musicxml.org/xsd"')
    assert pitches(music(text)) == [60]


def test_a_harmless_doctype_and_signs_around_the_text_are_passed_over() -> None:
    doctype = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">'
    text = one_part(WHOLE).replace(b"?>", f"?>{doctype}".encode(), 1)
    assert pitches(music(b"\xef\xbb\xbf" + text)) == [60]
    assert pitches(music(b"\n  " + text + b"\x00\x00\n")) == [60]


@pytest.mark.parametrize(
    "odd",
    [
        "<note><pitch><step>H</step><octave>4</octave></pitch><duration>4</duration></note>",
        "<note><pitch><step>C</step><octave>11</octave></pitch><duration>4</duration></note>",
        "<note><pitch><step>C</step></pitch><duration>4</duration></note>",
        "<note><duration>4</duration></note>",
    ],
)
def test_a_note_without_a_pitch_that_midi_has_is_left_out_and_told(odd: str) -> None:
    read = music(one_part(odd + note("C4")))
    assert heard(read) == [(480, 480, 60)]
    assert read.remarks == ("notes without a valid MIDI pitch (0 to 127) are left out",)


@pytest.mark.parametrize("odd", ["0", "-1", "x", "nan", ""])
def test_divisions_that_cannot_be_are_ignored(odd: str) -> None:
    read = music(one_part(f"<attributes><divisions>{odd}</divisions></attributes>" + note("C4")))
    assert heard(read) == [(0, 480, 60)]
