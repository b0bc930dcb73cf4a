"""Bars of any metre have their exact length in the score, read back by music21 and verovio."""

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from exporters.barlines import squared
from exporters.score import musicxml
from models.music import Metre, Music, Part, Sound
from tests.exporters.pieces import BAR, BEAT, TICK
from tests.exporters.readback import onsets, played, read


def song(*metres: Metre, beats: int = 24, step: int = BEAT) -> Music:
    notes = tuple(Sound(at, step, 60 + at // step % 12, 90) for at in range(0, beats * BEAT, step))
    return Music("song", (Part("lead", 1, 0, notes),), (), (), beats * BEAT, metres)


def bars(score: Any) -> list[Fraction]:
    """Return where each bar of a music21 score begins, and where the last ends, in quarters."""
    measures = list(score.parts[0].getElementsByClass("Measure"))
    last = measures[-1].offset + measures[-1].quarterLength
    return [Fraction(measure.offset) for measure in measures] + [Fraction(last)]


@pytest.mark.parametrize(
    "music",
    [
        song(Metre(0, 5, 32)),
        song(Metre(0, 5, 32), step=TICK // 2, beats=5),
        song(Metre(0, 11, 2), beats=66),
        song(Metre(0, 33, 8), beats=66),
        song(Metre(0, 7, 8), Metre(7 * BEAT, 3, 8), Metre(10 * BEAT, 1, 4), Metre(11 * BEAT, 13, 16)),
        song(Metre(0, 3, 64), beats=6),
        song(Metre(0, 1, 16), beats=6),
        song(Metre(0, 255, 16), beats=64),
        song(Metre(0, 12, 8), beats=24, step=BEAT // 2),
        song(Metre(0, 4, 4), Metre(BEAT, 4, 4)),  # an upbeat
        song(Metre(0, 6, 8), Metre(BEAT // 2, 6, 8), step=BEAT // 2),
        song(Metre(0, 4, 4), Metre(6 * BEAT, 4, 4), Metre(11 * BEAT + TICK, 3, 4)),  # cut bars
        song(Metre(0, 4, 4), Metre(5 * BEAT + 30, 4, 4), step=BEAT),
    ],
)
def test_every_bar_is_as_long_as_it_is_and_every_note_in_its_place(
    music: Music, capfd: pytest.CaptureFixture[str]
) -> None:
    assert squared(music) == music
    document = musicxml(music)
    score = read(document)
    assert bars(score) == [Fraction(line, BEAT) for line in music.bar_lines()]
    signs = score.parts[0].recurse().getElementsByClass("TimeSignature")
    written = [(sign.getOffsetInHierarchy(score) * BEAT, sign.numerator, sign.denominator) for sign in signs]
    changes = [music.metres[0]]
    changes += [metre for metre in music.metres if metre[1:] != changes[-1][1:]]
    assert written == changes
    notes = Counter((note.pulse, note.pitch, note.velocity) for note in music.parts[0].notes)
    assert played(document) == {"lead": notes}
    assert onsets(score, "lead") == Counter(note.pulse for note in music.parts[0].notes)
    assert capfd.readouterr() == ("", "")


def test_a_short_bar_is_not_counted_and_an_upbeat_is_number_0() -> None:
    document = musicxml(song(Metre(0, 4, 4), Metre(BEAT, 4, 4), Metre(7 * BEAT, 4, 4)))
    numbers = [f'number="{n}" implicit="{yes}"'.encode() for n, yes in enumerate(("yes", "no", "yes", "no"))]
    assert all(number in document for number in numbers)
    assert b'number="1" implicit="no"' in musicxml(song(Metre(0, 1, 4), Metre(BEAT, 4, 4)))


@pytest.mark.parametrize(
    ("cut", "written"),
    [(1919, 1920), (1708, 1710), (1700, 1680), (672, 720), (62, 60), (31, 30), (20, 30), (777, 780)],
)
def test_a_bar_cut_beside_the_grid_is_cut_near_by(cut: int, written: int) -> None:
    music = squared(song(Metre(0, 4, 4), Metre(cut, 4, 4)))
    assert music.metres == (Metre(0, 4, 4), Metre(written, 4, 4))
    assert music.bar_lines()[:3] == [0, written, written + BAR]
    starts = [note.pulse for note in music.parts[0].notes]
    assert starts == [
        min(at, written) if at < cut else at - cut + written for at in range(0, 24 * BEAT, BEAT)
    ]


@pytest.mark.parametrize(
    ("metre", "written"),
    [(Metre(0, 4, 6), (43, 64)), (Metre(0, 8, 128), (1, 16)), (Metre(0, 3, 256), (1, 64))],
)
def test_a_metre_that_no_score_has_is_the_nearest_that_it_has(metre: Metre, written: tuple[int, int]) -> None:
    music = squared(song(metre, beats=4))
    assert music.metres == (Metre(0, *written),)
    assert set(bars(read(musicxml(music)))) >= {Fraction(0), Fraction(written[0] * 4, written[1])}


def test_all_that_has_a_place_moves_with_its_bar() -> None:
    part = Part("p", 1, 0, (Sound(900, 100, 60, 90),), ((900, b"\xc0\x05"),))
    music = Music("", (part,), ((900, 99.0),), ((900, "a"),), 2000, (Metre(0, 4, 4), Metre(890, 3, 4)), ())
    moved = squared(music)
    assert (moved.parts[0].notes[0].pulse, moved.parts[0].controls[0][0]) == (850, 850)
    assert (moved.tempos[0][0], moved.markers[0][0], moved.metres[1].pulse) == (850, 850, 840)
    assert moved.end_pulse == 1950
