"""The figures of the systems that play symbols, on music whose figures are known."""

import pytest

from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, Note
from models.take import Key, Take
from tests.music.symbols import BARS, in_key, line_figures, shapes, silence
from training.systems.sequences.figures import HeldOut, difference

TICK = PULSES_PER_TICK


def line(*pitches: int, start: int = 0, step: int = TICK) -> list[Note]:
    return [Note(start + n * step, step, "lead", pitch, 80) for n, pitch in enumerate(pitches)]


def take(notes: list[Note], sharps: int = 0) -> Take:
    return Take(tuple(notes), ((0, 120.0),), ((0, "drop"),), {"lead": 1}, keys=((0, Key(sharps)),))


def test_a_passage_is_found_in_another_key_and_place() -> None:
    tune = [60, 62, 64, 65, 67, 65, 64, 62, 60, 62]
    moved = line(*(pitch + 5 for pitch in tune), start=7 * TICK)
    assert set(shapes(line(*tune))) & set(shapes(moved))
    other = line(*tune[:4], 66, *tune[5:])
    assert not set(shapes(line(*tune))[:1]) & set(shapes(other)[:1])


def test_short_passages_and_repeated_notes_are_no_copies() -> None:
    assert shapes(line(60, 62, 64)) == []
    assert shapes(line(*[60] * 30)) == []


def test_silence_is_time_without_any_note() -> None:
    notes = [*line(60), *line(62, start=PULSES_PER_BAR)]
    assert silence(notes) == PULSES_PER_BAR - TICK
    assert silence([*notes, Note(0, PULSES_PER_BAR, "lead", 50, 80)]) == 0


@pytest.mark.parametrize(("sharps", "share"), [(0, 1.0), (2, 0.6)])
def test_the_key_is_that_of_the_take(sharps: int, share: float) -> None:
    assert in_key(take(line(60, 62, 64, 65, 67), sharps), ("lead",)) == pytest.approx(share)


def test_rests_range_and_longest_note_are_those_of_the_lead() -> None:
    half = BARS * PULSES_PER_BAR // 2
    notes = [
        Note(bar * PULSES_PER_BAR, PULSES_PER_BAR, "lead", 60 + bar % 13, 80) for bar in range(BARS // 2)
    ]
    found = line_figures([take([*notes, Note(half, 99, "bass", 30, 80)])])
    assert found == {"lead_rests": 0.5, "lead_range_semitones": 12, "lead_longest_beats": 4.0}


def test_a_difference_is_by_song() -> None:
    ours = {"a": HeldOut(10.0, 10, "x"), "b": HeldOut(5.0, 10, "y"), "c": HeldOut(1.0, 1, "z")}
    published = {"a": HeldOut(12.0, 10, "x"), "b": HeldOut(9.0, 10, "y")}
    found = difference(ours, published)
    assert found["mean"] == pytest.approx(-0.3)
    assert found["low"] == pytest.approx(-0.4)
    assert found["high"] == pytest.approx(-0.2)
    assert found["songs"] == 2


def test_other_symbols_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="other symbols"):
        difference({"a": HeldOut(1.0, 3, "x")}, {"a": HeldOut(1.0, 3, "y")})
