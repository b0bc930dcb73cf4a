"""The reader of MIDI files: unusual and damaged files, and the right result for each."""

import random
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.music import Metre, Music, Sound
from models.reading.limits import Limits, RefusedError
from models.reading.midi import midi_music, read_midi
from models.reading.parts import NAME
from models.reading.text import decoded
from models.take import Key
from tests.models.reading.bytesof import BEAT, END, TUNE, chunk, file, header, meta, number, tune

FOUR = meta(0x58, bytes((4, 2, 24, 8)))


def read(data: bytes, limits: Limits | None = None) -> Music:
    return midi_music(data, "x", limits or Limits())


def pitches(music: Music) -> list[list[int]]:
    return [[note.pitch for note in part.notes] for part in music.parts]


PLAIN = file(FOUR, tune())
ONE = [list(TUNE)]
TWO = [list(TUNE), list(TUNE)]


@pytest.mark.parametrize(
    ("data", "heard"),
    [
        (PLAIN, ONE),
        (header(1) + chunk(tune() + END, size=2**31), ONE),
        (header(1) + chunk(tune() + END, size=5), ONE),
        (header(2) + chunk(tune() + END, size=9999) + chunk(tune(channel=1) + END), TWO),
        (header(2) + chunk(tune() + END, size=9) + chunk(tune(channel=1) + END), TWO),
        (header(9) + chunk(tune() + END), ONE),
        (header(1) + chunk(tune() + END) + chunk(tune(channel=1) + END), TWO),
        (header(1)[:4] + b"\xff" * 4 + header(1)[8:] + chunk(tune() + END), ONE),
        (header(1, extra=b"more") + chunk(tune() + END), ONE),
        (header(2) + chunk(b"abcd", name=b"XFIH") + chunk(tune() + END), ONE),
        (PLAIN + chunk(b"tail", name=b"XFKM"), ONE),
        (PLAIN + b"\0" * 33, ONE),
        (PLAIN + b"\x1a junk behind the end", ONE),
        (PLAIN + file(tune((40,))), ONE),
        (header(2) + chunk(b"") + chunk(tune() + END), ONE),
        (header(1) + chunk(tune()), ONE),
        (header(1) + chunk(tune(TUNE[:2]) + END + tune(TUNE[2:]) + END), ONE),
        (b"RIFF" + bytes(4) + b"RMIDdata" + bytes(4) + PLAIN, ONE),
        (b"\0" * 128 + PLAIN, ONE),
        (file(tune(), kind=2), ONE),
        (file(meta(0x00) + meta(0x20) + meta(0x21) + tune()), ONE),
        (file(meta(0x54, bytes((0x60, 99, 99, 99, 99))) + tune()), ONE),
        (file(b"\x00\xf0\x03\x43\x12\x00" + b"\x0a\xf7\x03\x43\x12\xf7" + tune()), ONE),
        (file(b"\x00\xfe\x00\xf2\x01\x02\x00\xf3\x01" + tune()), ONE),
        (file(tune(TUNE[:3]) + b"\x80\x80\x80\x80\x00" + tune(TUNE[3:])[1:]), ONE),
    ],
    ids=[
        *("plain", "length too long", "length too short", "long before another", "short before another"),
        *(
            "too few tracks",
            "too many tracks",
            "endless header",
            "long header",
            "foreign chunk",
            "foreign tail",
        ),
        *("zeros behind", "junk behind", "another file behind", "empty track", "no end of track"),
        *("end in the middle", "riff", "header before", "type 2 of one track", "empty metas"),
        *("offset that cannot be", "sysex that goes on", "system messages", "five bytes of a number"),
    ],
)
def test_the_notes_are_read(data: bytes, heard: list[list[int]]) -> None:
    assert pitches(read(data)) == heard


@pytest.mark.parametrize("between", [meta(0x01, b"%+"), b"\x00\xf0\x02\x43\xf7", b"\x00\xf7\x01\xfe"])
def test_running_status_goes_on_behind_meta_events_and_sysex(between: bytes) -> None:
    running = bytes((0, 0x90, 60, 100)) + number(BEAT) + bytes((60, 0)) + between + bytes((0, 64, 100))
    music = read(file(running + number(BEAT) + bytes((64, 0))))
    assert music.parts[0].notes == (Sound(0, BEAT, 60, 100), Sound(BEAT, BEAT, 64, 100))
    assert music.remarks == ()


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        *(
            (meta(0x58, payload), "time signature")
            for payload in (b"", b"\4", b"\4\2", b"\4\2\x18", b"\4\2\x18\x08\0")
        ),
        *(
            (meta(0x58, bytes((*metre, 24, 8))), "time signature")
            for metre in ((0, 2), (4, 8), (4, 32), (255, 0), (4, 255))
        ),
        *((meta(0x51, payload), "tempo") for payload in (b"", b"\7\xa1", b"\0\7\xa1\x20", b"\0\0\0")),
        *(
            (meta(0x59, payload), "key signature")
            for payload in (b"", b"\0", b"\x63\7", b"\x80\1", b"\0\2", b"\xf8\0")
        ),
    ],
)
def test_what_cannot_be_is_ignored_and_told(event: bytes, kind: str) -> None:
    music = read(file(event, tune()))
    assert (pitches(music), music.metres, music.tempos, music.keys) == (ONE, (Metre(0, 4, 4),), (), ())
    assert [kind in remark for remark in music.remarks] == [True]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "not a MIDI file"),
        (b"hello, this is text and nothing else", "not a MIDI file"),
        (b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(40), "RIFF file that holds no MIDI"),
        (header()[:11], "ends inside its header"),
        (header(), "no tracks"),
        (file(FOUR), "no notes"),
        (file(tune(), division=0), "0 ticks"),
        (file(tune(), division=0xE728), "SMPTE"),
        (file(tune(), tune(), kind=2), "independent sequences"),
        (file(tune((60,)) + number(2**28 - 1)[:4] + tune((62,))[1:], division=1), "has 67,1.*bars"),
        (
            file(meta(0x51, b"\xff\xff\xff") + tune((60,)) + number(99_000 * 4 * BEAT) + tune((62,))[1:]),
            "hours",
        ),
    ],
)
def test_what_is_no_music_is_refused_with_its_cause(data: bytes, cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        read(data)


def test_every_bound_is_kept() -> None:
    for limits, cause in (
        (Limits(events=5), "more than 5 events"),
        (Limits(notes=3), "more than 3 notes"),
        (Limits(tracks=1), "more than 1 tracks"),
        (Limits(bars=0), "has 1 bars; at most 0 are allowed"),
        (Limits(hours=0), "hours; at most 0 are allowed"),
    ):
        with pytest.raises(RefusedError, match=cause):
            read(PLAIN, limits)


def test_values_over_127_are_brought_into_range_or_left_out() -> None:
    loud, high = bytes((0, 0x90, 60, 200)), bytes((0, 0x90, 188, 64))
    ends = number(BEAT) + bytes((0x80, 60, 0)) + bytes((0, 0x80, 188, 64))
    music = read(file(loud + high + bytes((0, 0xB0, 7, 255)) + ends))
    assert music.parts[0].notes == (Sound(0, BEAT, 60, 127),)
    assert music.parts[0].controls == ((0, bytes((0xB0, 7, 127))),)
    assert music.remarks == ("track 1 has 4 messages with values over 127",)


def test_a_track_is_read_as_far_as_it_goes() -> None:
    whole = file(FOUR, tune())
    music = read(whole[: -len(END) - 3])
    assert pitches(music) == ONE
    assert "ends too early" in music.remarks[0]


@pytest.mark.parametrize("first", [(3, 4), (4, 3)])
def test_of_two_metres_at_one_place_the_last_one_holds(first: tuple[int, int]) -> None:
    metas = b"".join(meta(0x58, bytes((beats, 2, 24, 8))) for beats in first)
    assert read(file(metas, tune())).metres == (Metre(0, first[1], 4),)


def test_metres_begin_bars_where_they_stand() -> None:
    upbeat = meta(0x58, bytes((1, 2, 24, 8))) + meta(0x58, bytes((4, 2, 24, 8)), delta=BEAT)
    changed = meta(0x58, bytes((5, 5, 24, 8)), delta=6 * BEAT)
    music = read(file(upbeat + changed, tune(TUNE * 3)))
    assert music.metres == (Metre(0, 1, 4), Metre(BEAT, 4, 4), Metre(7 * BEAT, 5, 32))
    assert music.bar_lines()[:5] == [0, BEAT, 5 * BEAT, 7 * BEAT, 7 * BEAT + 300]


def test_a_program_holds_for_its_channel_whatever_its_track() -> None:
    programs = bytes((0, 0xC0, 40, 0, 0xC1, 32))
    later = number(2 * BEAT) + bytes((0xC0, 41))
    music = read(file(programs + later, tune(), tune(channel=1)))
    assert [(part.program, part.controls) for part in music.parts] == [
        (40, ((2 * BEAT, bytes((0xC0, 41))),)),
        (32, ()),
    ]


def test_a_program_between_the_notes_stands_at_its_place() -> None:
    music = read(file(bytes((0, 0xC0, 1)) + tune((60,)) + bytes((0, 0xC0, 30)) + tune((62,))))
    assert (music.parts[0].program, music.parts[0].controls) == (1, ((BEAT, bytes((0xC0, 30))),))


@pytest.mark.parametrize(
    ("before", "channel", "is_drums"),
    [
        (b"", 9, True),
        (b"", 3, False),
        (meta(0x03, b"Drums"), 3, True),
        (meta(0x03, b"Drum Kit 2"), 3, True),
        (meta(0x03, b"steel drums"), 3, False),
        (meta(0x03, b"drum and bass lead"), 3, False),
        (bytes((0, 0xB8, 0, 127)), 8, True),
        (bytes((0, 0xB8, 0, 120)), 8, True),
        (bytes((0, 0xB9, 0, 121)), 9, False),
        (b"\0\xf0\x0a\x41\x10\x42\x12\x40\x00\x7f\x00\x41\xf7" + bytes((0, 0xB8, 0, 127)), 8, False),
        (b"\0\xf0\x0a\x41\x10\x42\x12\x40\x1a\x15\x02\x0f\xf7", 10, True),
        (b"\0\xf0\x0a\x41\x10\x42\x12\x40\x10\x15\x00\x1b\xf7", 9, False),
        (b"\0\xf0\x08\x43\x10\x4c\x08\x04\x07\x02\xf7", 4, True),
    ],
)
def test_drums_are_what_is_selected_or_named_so(before: bytes, channel: int, is_drums: bool) -> None:
    assert [part.is_drums for part in read(file(before + tune(channel=channel))).parts] == [is_drums]


@pytest.mark.parametrize("port", [0, 1])
@pytest.mark.parametrize(
    "select",
    [b"\0\xf0\x0a\x41\x10\x42\x12\x40\x13\x15\x02\x16\xf7", b"\0\xf0\x08\x43\x10\x4c\x08\x02\x07\x02\xf7"],
)
def test_a_system_exclusive_message_is_for_the_port_of_its_track(port: int, select: bytes) -> None:
    first, second = (meta(0x21, bytes((number,))) for number in (0, 1))
    selecting = meta(0x21, bytes((port,))) + select
    music = read(file(selecting, first + tune(channel=2), second + tune(channel=2)))
    assert [part.is_drums for part in music.parts] == [port == 0, port == 1]


BEND_UP, BEND_BACK, NULL = bytes((0xE0, 0, 96)), bytes((0xE0, 0, 64)), bytes((0xB0, 101, 127))
BEND_RANGE = [bytes((0xB0, *pair)) for pair in ((101, 0), (100, 0), (6, 12), (101, 127), (100, 127))]
FINE_TUNING = [bytes((0xB0, *pair)) for pair in ((101, 0), (100, 1), (6, 64))]
VOLUME, PROGRAM = bytes((0xB0, 7, 90)), bytes((0xC0, 5))


def at_once(messages: list[bytes], delta: int = 0) -> bytes:
    return b"".join(number(0 if index else delta) + each for index, each in enumerate(messages))


@pytest.mark.parametrize(
    ("tracks", "kept"),
    [
        ([[BEND_UP, BEND_BACK, BEND_UP]], [BEND_UP, BEND_BACK, BEND_UP]),
        ([BEND_RANGE + FINE_TUNING], BEND_RANGE + FINE_TUNING),
        ([BEND_RANGE, FINE_TUNING], BEND_RANGE + FINE_TUNING),
        ([BEND_RANGE, BEND_RANGE], BEND_RANGE),
        ([[VOLUME], [BEND_UP], [VOLUME]], [VOLUME, BEND_UP, VOLUME]),
        ([[VOLUME, VOLUME], [VOLUME, VOLUME]], [VOLUME, VOLUME]),
        ([[VOLUME], [PROGRAM, VOLUME]], [PROGRAM, VOLUME]),
        ([[PROGRAM, VOLUME], [VOLUME]], [PROGRAM, VOLUME]),
    ],
)
def test_only_what_another_track_says_again_is_left_out(tracks: list[list[bytes]], kept: list[bytes]) -> None:
    others = [at_once(messages, BEAT) for messages in tracks]
    music = read(file(tune(), *others))
    assert [(pulse, message) for pulse, message in music.parts[0].controls] == [(BEAT, each) for each in kept]


def test_overlapping_notes_of_a_key_each_keep_their_length() -> None:
    on, off = bytes((0x90, 60, 100)), bytes((0x80, 60, 0))
    events = (on, on, off, off)
    overlapping = b"\0" + b"".join(event + number(BEAT) for event in events)[: -len(number(BEAT))]
    assert read(file(overlapping)).parts[0].notes == (
        Sound(0, 2 * BEAT, 60, 100),
        Sound(BEAT, 2 * BEAT, 60, 100),
    )


def test_a_strike_written_before_the_release_of_the_same_moment_is_no_note_lost() -> None:
    data = bytes((0, 0x90, 60, 100)) + number(BEAT) + bytes((0x90, 60, 90, 0, 0x80, 60, 0)) + number(BEAT)
    notes = read(file(data + bytes((0x80, 60, 0)))).parts[0].notes
    assert notes == (Sound(0, BEAT, 60, 100), Sound(BEAT, BEAT, 60, 90))


def test_a_note_without_a_release_ends_with_the_last_release_of_its_key_or_its_track() -> None:
    struck_twice = bytes((0, 0x90, 60, 100, 0x60, 0x90, 60, 100, 0x60, 0x80, 60, 0, 0, 0x90, 70, 100))
    notes = read(file(struck_twice + meta(0x01, b"", delta=BEAT))).parts[0].notes
    assert notes == (Sound(0, 192, 60, 100), Sound(96, 96, 60, 100), Sound(192, BEAT, 70, 100))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("Flöte".encode(), "Flöte"),
        ("Flöte".encode("latin-1"), "Flöte"),
        ("ピアノ".encode("cp932"), "ピアノ"),
        ("主旋律".encode("cp932"), "主旋律"),
        ("\ufeffBass".encode(), "Bass"),
        (b"a\x01\x1bb\0", "ab"),
        (b"../../etc/x", "../../etc/x"),
        (b"n" * 5000, "n" * 200),
        (b"", "channel 1"),
    ],
)
def test_names_are_text_in_whatever_encoding(data: bytes, name: str) -> None:
    assert read(file(meta(0x03, data) + tune())).parts[0].name == name


def test_keys_tempos_and_markers_stand_at_their_places() -> None:
    conductor = meta(0x59, b"\xfd\x01") + meta(0x51, b"\x07\xa1\x20") + meta(0x06, b"drop", delta=BEAT)
    music = read(file(conductor + meta(0x59, b"\x02\x00"), tune()))
    assert music.keys == ((0, Key(-3, is_minor=True)), (BEAT, Key(2)))
    assert (music.tempos, music.markers) == (((0, 120.0),), ((BEAT, "drop"),))


def test_a_pipe_and_a_folder_are_refused_at_once(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.mid")
    with pytest.raises(RefusedError, match="not a regular file"):
        read_midi(tmp_path / "pipe.mid")
    with pytest.raises(RefusedError, match=r"is a folder|not a regular file"):
        read_midi(tmp_path)


@given(st.data())
def test_bytes_of_any_kind_are_music_or_refused(data: st.DataObject) -> None:
    """Damage a good file at any place."""
    content = bytearray(file(FOUR + meta(0x03, b"name"), bytes((0, 0xC0, 5)) + tune(TUNE * 3)))
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(("set", "drop", "add"))):
            case "set":
                content[place] = data.draw(st.integers(0, 255))
            case "drop":
                del content[place : place + data.draw(st.integers(1, 9))]
            case _:
                content[place:place] = data.draw(st.binary(max_size=9))
    try:
        music = read(bytes(content))
    except RefusedError:
        return
    assert all(
        0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 and n.length >= 1 for p in music.parts for n in p.notes
    )
    assert music.bar_lines()[-1] >= music.end_pulse


@pytest.mark.parametrize(
    "filling",
    [
        bytes((0, 0xC0, 1)),
        bytes((0, 1)),
        bytes((0, 0x90, 60, 1)),
        meta(0x58, bytes((1, 4, 24, 8)), delta=120),
        b"MTrk\0\0\0\0",
    ],
    ids=["programs", "running", "strikes", "metres", "tracks"],
)
def test_a_file_as_large_as_may_be_is_read_or_refused_soon(filling: bytes) -> None:
    size = 16 * 2**20 - 100
    track = bytes((0, 0xC0, 1)) + tune()
    data = header(1) + (chunk(track + filling * (size // len(filling)), size=size))
    began = time.process_time()
    with pytest.raises(RefusedError):
        read(data)
    assert time.process_time() - began < 5


def test_random_bytes_behind_a_header_never_break_the_reader() -> None:
    dice = random.Random(7)  # fixed, so that a failure can be repeated
    for _ in range(300):
        junk = dice.randbytes(dice.randrange(200))
        try:
            read(
                header(dice.randrange(4), dice.randrange(3))
                + chunk(junk, size=dice.choice((None, 2**32 - 1, 7)))
            )
        except RefusedError:
            continue


def test_music_ends_no_sooner_than_its_last_note() -> None:
    """A note shorter than a pulse lasts one pulse, even at the end of its track."""
    track = bytes((20, 0x90, 60, 100, 2, 0x80, 60, 0)) + END
    data = b"MThd" + (6).to_bytes(4) + bytes((0, 0, 0, 1)) + (9600).to_bytes(2) + chunk(track)
    music = read(data)
    assert (music.parts[0].notes, music.end_pulse) == ((Sound(1, 1, 60, 100),), 2)


@pytest.mark.parametrize("event", [b"\x00\xf6", b"\x00\x90\xff\x40", b"\x00\xf0\x11" + bytes(17)])
def test_events_that_say_nothing_are_counted(event: bytes) -> None:
    data = file(event * ((16 << 20) // len(event) - 100))
    began = time.process_time()
    with pytest.raises(RefusedError, match="has more than 500,000 events"):
        read(data, Limits(events=500_000))
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("sign", "name"),
    [(b"\xb1", "±" * 200), ("é".encode(), "é" * 200), (b"a" + "é".encode(), "aé" * 100), (b"a" + "愛".encode("cp932"), None),
     ("あ愛".encode("cp932") + b"a", ("あ愛a" * 67)[:200])],
)  # fmt: skip
def test_of_a_long_name_only_the_beginning_is_decoded(sign: bytes, name: str | None) -> None:
    long = meta(NAME, sign * (15 * 2**20 // len(sign)))
    tracemalloc.start()
    began = time.process_time()
    found = decoded(sign * (15 * 2**20 // len(sign)))
    took, (_, most) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) <= 200
    assert name is None or found == name
    assert took < 5
    assert most < 40 << 20
    assert read(file(long + tune())).parts[0].name == found
