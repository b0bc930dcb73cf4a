"""Round trips of music made here: the short form of `python -m tests.roundtrip`."""

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exporters.midi import file_bytes
from models.music import Metre, Music, Part, Sound
from models.take import Key
from tests.exporters.pieces import BAR, BEAT, TICK, music
from tests.roundtrip.facts import Note, differing, facts_of
from tests.roundtrip.scorereaders import by_xml
from tests.roundtrip.trips import Effort, trip

RANDOM = random.Random(5)
THIRD = BEAT // 3


def _played_freely(count: int) -> tuple[Sound, ...]:
    """Keys struck anywhere, of any length, that do not overlap themselves."""
    at, notes = dict.fromkeys(range(48, 72), 0), []
    for _ in range(count):
        pitch = RANDOM.choice(list(at))
        begun, length = at[pitch] + RANDOM.randrange(900), RANDOM.randrange(1, 700)
        notes.append(Sound(begun, length, pitch, RANDOM.randrange(1, 128)))
        at[pitch] = begun + length
    return tuple(sorted(notes))


FREE = _played_freely(300)
FOUR = [Sound(bar * BAR, BEAT, 60, 90) for bar in range(4)]
END = max(note.pulse + note.length for note in FREE)


def _song(title: str, end: int, *parts: Part, **more: Any) -> Music:
    return Music(title, parts, (), (), end, **more)


def _line(name: str, sounds: Iterable[Sound], program: int = 80, channel: int = 1, **more: Any) -> Part:
    return Part(name, channel, program, tuple(sounds), is_drums=channel == 10, **more)


SONGS = [
    music(8),
    _song("free", END, _line("piano", FREE)),
    _song("drums", END, _line("kit", (Sound(s.pulse, 9, 27 + s.pitch % 60, 90) for s in FREE), 8, 10)),
    _song("thirds", 20 * BEAT, _line("lead", (Sound(i * THIRD, THIRD, 60 + i % 7, 90) for i in range(60)))),
    _song(
        "metres",
        24 * BEAT,
        _line("lead", (Sound(i * TICK, TICK, 60 + i % 7, 90) for i in range(96))),
        metres=(
            *(Metre(0, 4, 4), Metre(BEAT, 4, 4), Metre(7 * BEAT, 7, 8), Metre(14 * BEAT, 5, 32)),
            Metre(14 * BEAT + 600, 11, 2),
        ),
        keys=((0, Key(-3)), (BAR, Key(4, is_minor=True))),
    ),
    _song(
        "programs",
        4 * BAR,
        *(_line(f"p{n}", FOUR, n, n % 3 + 1, controls=((BAR, bytes((0xC0 | n % 3, 99))),)) for n in range(8)),
    ),
    _song(
        "edges",
        24 * BEAT,
        _line("low", (Sound(i * BEAT, BEAT, i, 1) for i in range(24)), 0, 1),
        _line("high", (Sound(i * BEAT, BEAT, 127 - i, 127) for i in range(24)), 127, 2),
    ),
]


@pytest.mark.parametrize("song", SONGS, ids=lambda song: song.title)
def test_nothing_is_lost_there_and_back(song: Music, tmp_path: Path) -> None:
    name, path = song.title, tmp_path / "song.mid"
    path.write_bytes(file_bytes(song))
    tally, told = trip(path, name, Effort())
    # partitura takes parts that are written an octave above their sound as they are written.
    believed = [each for each in told if name != "edges" or "partitura" not in each]
    assert believed == []
    notes = sum(len(part.notes) for part in song.parts)
    assert tally["notes"] == tally["score: notes"] == notes
    assert tally["score, by_xml: notes"] + tally["score, by_xml: drum hits"] == notes
    assert tally["score: notes left out"] == 0
    assert tally["score: notes moved farther"] == 0


def test_a_song_that_is_none_is_counted(tmp_path: Path) -> None:
    (tmp_path / "no.mid").write_bytes(b"no music")
    tally, told = trip(tmp_path / "no.mid", "no", Effort())
    assert tally == {"songs refused": 1}
    assert told[0].startswith("no: ")


def test_what_differs_is_counted() -> None:
    one, other = facts_of(music()), facts_of(replace(music(), parts=music().parts[1:]))
    lead = len(music().parts[0].notes)
    assert differing(one.notes, other.notes, "pulse", "pitch") == lead
    assert differing(one.notes, one.notes, *Note._fields) == 0


def test_the_letter_of_a_score_is_read_with_its_ties_and_chords() -> None:
    note = "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>{}</duration>{}</note>"
    bars = (
        "<attributes><divisions>2</divisions><time><beats>2</beats><beat-type>4</beat-type></time></attributes>"
        + note.format("C", 2, "")
        + note.format("D", 2, '<tie type="start"/>'),
        note.format("D", 1, '<tie type="stop"/>') + note.format("E", 3, ""),
    )
    document = (
        '<score-partwise><part-list><score-part id="P1"><midi-instrument id="P1-I1"><midi-program>5</midi-program>'
        '</midi-instrument></score-part></part-list><part id="P1">'
        + "".join(f"<measure>{bar}</measure>" for bar in bars)
        + "</part></score-partwise>"
    )
    facts = by_xml(document.encode())
    assert facts.metres == ((0, 2, 4),)
    assert sorted((each.pulse, each.pitch, each.length, each.program) for each in facts.notes) == [
        (0, 60, 480, 4),
        (480, 62, 720, 4),
        (1200, 64, 720, 4),
    ]
