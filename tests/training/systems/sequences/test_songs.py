"""Songs as notes with their own timing."""

from dataclasses import replace

import pytest

from models.music import Metre, Music, Part, Sound
from models.notes import PULSES_PER_BAR, PULSES_PER_BEAT
from models.reading.limits import RefusedError
from models.take import Key
from training.systems.sequences.recipe import MusicRules
from training.systems.sequences.songs import song_of

RULES = MusicRules(least_notes=1)
FOLK = MusicRules(least_notes=1, any_metre=True, exact=True)


def music(*sounds: tuple[int, int, int], metres: tuple[Metre, ...] = (Metre(0, 4, 4),)) -> Music:
    notes = tuple(Sound(pulse, length, pitch, 80) for pulse, length, pitch in sounds)
    end = max(note.pulse + note.length for note in notes)
    return Music("test", (Part("lead", 1, 0, notes),), (), (), end, metres)


def test_a_note_keeps_its_timing_and_length() -> None:
    song = song_of(music((7, 333, 72), (501, 90, 76)), RULES)
    assert [(note.pulse, note.length) for note in song.notes] == [(7, 333), (501, 90)]
    assert song.end == PULSES_PER_BAR


def test_long_rests_are_removed_in_whole_bars() -> None:
    song = song_of(music((3 * PULSES_PER_BAR, 100, 72), (9 * PULSES_PER_BAR + 50, 100, 74)), RULES)
    assert [note.pulse for note in song.notes] == [0, 2 * PULSES_PER_BAR + 50]


def test_a_sustained_note_is_no_rest() -> None:
    song = song_of(music((0, 5 * PULSES_PER_BAR, 72), (6 * PULSES_PER_BAR, 100, 74)), RULES)
    assert [note.pulse for note in song.notes] == [0, 6 * PULSES_PER_BAR]


def test_the_key_becomes_common_and_the_octave_that_of_the_voice() -> None:
    scale = [(240 * step, 240, 38 + pitch) for step, pitch in enumerate((0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0))]
    pitches = [note.pitch for note in song_of(music(*scale), FOLK).notes]
    assert {pitch % 12 for pitch in pitches} <= {0, 2, 4, 5, 7, 9, 11}
    assert 60 <= sorted(pitches)[len(pitches) // 2] <= 84


def test_an_upbeat_ends_a_bar_of_its_own() -> None:
    beat = PULSES_PER_BEAT
    metres = (Metre(0, 3, 4), Metre(beat, 3, 4))
    song = song_of(music((0, beat, 72), (beat, beat, 74), (2 * beat, 2 * beat, 76), metres=metres), FOLK)
    assert song.bar_pulses == 3 * beat
    assert [note.pulse for note in song.notes] == [2 * beat, 3 * beat, 4 * beat]


def test_half_notes_that_are_beats_become_quarters() -> None:
    song = song_of(music((0, 960, 72), (960, 1920, 74), metres=(Metre(0, 4, 2),)), FOLK)
    assert song.bar_pulses == PULSES_PER_BAR
    assert [(note.pulse, note.length) for note in song.notes] == [(0, 480), (480, 960)]


def test_a_missing_bar_line_is_no_change_of_metre() -> None:
    bar = 3 * PULSES_PER_BEAT
    notes = [(bar * number, bar, 72) for number in range(6)]
    metres = (Metre(0, 3, 4), Metre(2 * bar, 6, 4), Metre(4 * bar, 3, 4))
    assert song_of(music(*notes, metres=metres), FOLK).bar_pulses == bar


@pytest.mark.parametrize(
    ("sounds", "metres", "rules", "words"),
    [
        ([(0, 960, 72), (960, 160, 74)], (Metre(0, 4, 4),), FOLK, "no whole sixteenths"),
        (
            [(0, 480, 72), (4000, 480, 74)],
            (Metre(0, 4, 4), Metre(1920, 3, 4), Metre(3360, 4, 4)),
            FOLK,
            "metre",
        ),
        ([(0, 480, 72), (40_000, 480, 74)], (Metre(0, 49, 4),), FOLK, "no regular bars"),
        ([(0, 480, 72)], (Metre(0, 3, 4),), RULES, "not in 4/4"),
        ([(0, 480, 72)], (Metre(0, 4, 4),), MusicRules(least_notes=9), "fewer than 9 notes"),
    ],
)
def test_what_does_not_fit_is_refused(
    sounds: list[tuple[int, int, int]], metres: tuple[Metre, ...], rules: MusicRules, words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        song_of(music(*sounds, metres=metres), rules)


def test_drums_alone_are_refused() -> None:
    drums = replace(music((0, 480, 36)), parts=(Part("drums", 10, 0, (Sound(0, 480, 36, 80),), (), True),))
    with pytest.raises(RefusedError, match="no pitched notes"):
        song_of(drums, RULES)


@pytest.mark.parametrize(("third", "tonic"), [(4, 0), (3, 9)])
def test_a_line_has_the_tonic_that_its_file_states(third: int, tonic: int) -> None:
    """D with a signature of major and a minor third, as the Essen files state songs in minor."""
    notes = music(*((240 * step, 240, 62 + pitch) for step, pitch in enumerate((0, third, 7, third, 0))))
    song = song_of(replace(notes, keys=((0, Key(2)),)), FOLK)
    assert {note.pitch % 12 for note in song.notes} == {(tonic + pitch) % 12 for pitch in (0, third, 7)}
