"""Programs, banks and ports of MIDI tracks, read back by edmd and by other programs."""

import io
from pathlib import Path
from typing import Any

import mido
import pretty_midi
import pytest
import symusic

from exporters.channels import places
from exporters.midi import file_bytes
from exporters.tones import tones_of
from models.music import Music, Part, Sound
from models.reading.midi import midi_music
from tests.exporters.pieces import BAR, BEAT


def part(
    name: str, channel: int, program: int, *bars: int, controls: tuple[tuple[int, bytes], ...] = ()
) -> Part:
    notes = tuple(Sound(bar * BAR, BEAT, 60, 90) for bar in bars)
    return Part(name, channel, program, notes, controls, channel == 10)


def reread(*parts: Part) -> tuple[Part, ...]:
    return midi_music(file_bytes(Music("", parts, (), (), 8 * BAR)), "").parts


def programs(parts: tuple[Part, ...]) -> list[list[int]]:
    return [[tone.program for tone in tones_of(each)] for each in parts]


def messages(*parts: Part) -> list[list[str]]:
    """Return the messages of each part's track except notes."""
    file = mido.MidiFile(file=io.BytesIO(file_bytes(Music("", parts, (), (), 8 * BAR))))
    found = []
    for track in file.tracks[1:]:
        pulse, lines = 0, []
        for message in track[1:]:
            pulse += message.time
            if message.type not in ("note_on", "note_off", "end_of_track"):
                lines.append(f"{pulse} {str(message).rpartition(' time=')[0]}")
        found.append(lines)
    return found


def test_a_program_is_said_at_the_beginning_and_changes_at_its_place() -> None:
    changing = part("p", 2, 5, 1, 2, 3, controls=((0, b"\xb1\x07\x40"), (2 * BAR, b"\xc1\x09")))
    assert messages(changing) == [
        [
            "0 control_change channel=1 control=7 value=64",
            "0 program_change channel=1 program=5",
            f"{2 * BAR} program_change channel=1 program=9",
        ]
    ]
    assert programs(reread(changing)) == [[5, 9, 9]]


def test_a_program_is_said_before_the_note_it_is_for() -> None:
    data = file_bytes(Music("", (part("p", 1, 5, 0, 1, controls=((BAR, b"\xc0\x09"),)),), (), (), 2 * BAR))
    kinds = [message.type for message in mido.MidiFile(file=io.BytesIO(data)).tracks[1]]
    assert kinds == [
        *("track_name", "program_change", "note_on", "note_off", "program_change"),
        *("note_on", "note_off", "end_of_track"),
    ]


def test_a_program_follows_the_bank_that_is_selected_for_it() -> None:
    banked = part(
        "p", 1, 5, 2, controls=((BAR, b"\xb0\x00\x01"), (BAR, b"\xb0\x20\x02"), (BAR, b"\xb0\x07\x01"))
    )
    assert [line.split()[:2] for line in messages(banked)[0]] == [
        *([str(BAR), "control_change"] for _ in range(3)),
        [str(BAR), "program_change"],
    ]


def test_parts_of_one_channel_say_their_programs_when_they_begin() -> None:
    change = ((4 * BAR, b"\xc0\x09"),)
    early, late = part("early", 1, 5, 0, 5, controls=change), part("late", 1, 9, 4)
    for parts in ((early, late), (late, early)):
        assert programs(reread(*parts)) == programs(parts)
        assert not any("midi_port" in line for lines in messages(*parts) for line in lines)


def test_parts_whose_programs_disagree_on_a_channel_are_on_ports_of_their_own() -> None:
    parts = (part("a", 1, 5, 0, 1), part("b", 1, 9, 0, 2), part("c", 1, 5, 0), part("d", 1, 77, 3))
    assert [place.port for place in places(parts)] == [0, 1, 0, 2]
    again = reread(*parts)
    assert [(each.name, each.channel) for each in again] == [("a", 1), ("b", 1), ("c", 1), ("d", 1)]
    assert programs(again) == programs(parts)


def test_many_parts_keep_their_programs(tmp_path: Path) -> None:
    parts = tuple(part(f"p{n}", n % 16 + 1, n % 128, 0, n % 7 + 1) for n in range(200))
    path = tmp_path / "many.mid"
    path.write_bytes(file_bytes(Music("", parts, (), (), 8 * BAR)))
    assert programs(reread(*parts)) == programs(parts)
    score: Any = symusic.Score(path)
    assert [track.program for track in score.tracks] == [each.program for each in parts]
    assert [each.program for each in pretty_midi.PrettyMIDI(str(path)).instruments] == [
        each.program for each in parts
    ]


@pytest.mark.parametrize(
    ("name", "channel", "is_drums", "bank"),
    [
        ("kit", 4, True, 120),
        ("drums", 4, True, None),
        ("kit", 10, True, None),
        ("lead", 10, False, 121),
        ("lead", 4, False, None),
    ],
)
def test_a_part_that_plays_drums_does_so_for_readers_too(
    name: str, channel: int, is_drums: bool, bank: int | None
) -> None:
    made = Part(name, channel, 3, (Sound(0, BEAT, 38, 90),), is_drums=is_drums)
    lines = [f"0 program_change channel={channel - 1} program=3"]
    if bank is not None:
        lines.insert(0, f"0 control_change channel={channel - 1} control=0 value={bank}")
    assert messages(made) == [lines]
    (again,) = reread(made)
    assert (again.is_drums, again.channel, again.program) == (is_drums, channel, 3)
    assert reread(again) == (again,)


def test_a_bank_of_drums_is_not_selected_twice() -> None:
    kit = Part("kit", 4, 3, (Sound(0, BEAT, 38, 90),), ((0, b"\xb3\x00\x7f"),), is_drums=True)
    assert sum("control=0" in line for line in messages(kit)[0]) == 1
    assert reread(kit) == (kit,)
