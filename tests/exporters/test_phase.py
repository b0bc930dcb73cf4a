"""Music that is shifted against its file's beats is moved onto them; other music does not move."""

import pytest

from exporters.phase import on_beats
from models.music import Music, Part, Sound
from tests.exporters.pieces import BAR, BEAT, TICK, music

TUNE = [
    *(Sound(beat * BEAT, BEAT, 60, 90) for beat in range(8)),
    *(Sound(number * 2 * TICK, TICK, 72, 90) for number in range(16)),
    *(Sound(number * 4 * TICK + TICK, TICK, 76, 90) for number in range(4)),
]


def _moved(notes: list[Sound], by: int) -> Music:
    moved = tuple(sorted(note._replace(pulse=note.pulse + by) for note in notes))
    return Music("x", (Part("x", 1, 0, moved),), (), (), 2 * BAR + max(by, 0))


@pytest.mark.parametrize("late", [0, 40, 64, 160, -85, 220, -200])
def test_beats_are_found_wherever_they_lie(late: int) -> None:
    made = on_beats(_moved(TUNE, BEAT + late))
    onsets = {note.pulse - BEAT for note in made.parts[0].notes}
    assert {min(onset % BEAT, -onset % BEAT) for onset in onsets if onset % TICK} == set()
    assert min(onsets) == 0
    assert made.end_pulse > max(note.pulse for note in made.parts[0].notes)


def test_what_would_begin_before_the_music_begins_a_beat_later() -> None:
    upbeat = [Sound(40, TICK, 60, 90), *(note._replace(pulse=note.pulse + 160) for note in TUNE)]
    made = on_beats(_moved(upbeat, 0))
    assert made.parts[0].notes[0].pulse == 3 * TICK
    assert made.end_pulse == max(note.pulse for note in made.parts[0].notes) + TICK > 2 * BAR


def test_thirds_of_a_beat_are_a_grid_too() -> None:
    thirds = [Sound(number * 160 + 35, 100, 60, 90) for number in range(24)]
    thirds += [Sound(beat * BEAT + 35, BEAT, 48, 90) for beat in range(8)]
    assert min(note.pulse for note in on_beats(_moved(thirds, 0)).parts[0].notes) == 0


@pytest.mark.parametrize(
    "notes",
    [
        [Sound(beat * BEAT + 2 * TICK, TICK, 60, 90) for beat in range(8)],  # offbeats alone
        [Sound(number * TICK + number % 2 * 40, 60, 60, 90) for number in range(32)],  # swung
        [Sound(number * 137, 60, 60, 90) for number in range(32)],  # played freely
        [],
    ],
)
def test_music_to_the_beat_and_music_without_is_left_alone(notes: list[Sound]) -> None:
    made = _moved(notes, 0)
    assert on_beats(made) is made
    assert on_beats(music()) == music()
