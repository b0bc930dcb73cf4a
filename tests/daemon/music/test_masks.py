"""Masks: which notes they forbid, and which they favour."""

import numpy as np

from daemon.music.systems.edm.masks import line_mask, melody_mask, percussion_mask
from models.codecs import melody, percussion

ALL = (False, False, False)
C_MAJOR_TRIAD = 0b10010001


def row(mask: np.ndarray, voice: str) -> dict[int, float]:
    """The value added for each pitch of a voice's first note."""
    low = next(each.low for each in melody.REGISTERS if each.voice == voice)
    return {low + n: float(value) for n, value in enumerate(mask[melody.LAYOUT.slot_range(f"{voice}.0")][1:])}


def test_what_is_silent_or_outside_the_scale_is_forbidden() -> None:
    mask = melody_mask("C major", (True, False, False))
    assert max(row(mask, "bass").values()) < -1000
    assert mask[melody.LAYOUT.slot_range("lead.0")][0] == 0, "silence is always allowed"
    lead = row(mask, "lead")
    assert [pitch for pitch in range(60, 72) if lead[pitch] > -1000] == [60, 62, 64, 65, 67, 69, 71]
    drums = percussion_mask((False, True, *[False] * 7), 3.0)
    assert (drums[percussion.LAYOUT.slot_range("kick")] == [0, 3, 3, 3]).all()
    assert (drums[percussion.LAYOUT.slot_range("snare")][1:] < -1000).all()


def test_the_backbeat_is_pulled_to_the_clap_else_to_the_snare_and_never_wakes_a_silent_drum() -> None:
    clap, snare, crash = (percussion.LAYOUT.slot_range(drum) for drum in ("clap", "snare", "crash"))
    both = percussion_mask((False,) * 9, 0.0, 3.0, 6.0)
    assert (both[clap][1:] == 3).all()
    assert not both[snare].any()
    assert (both[crash][1:] == 6).all()
    no_clap = percussion_mask((False, False, True, *[False] * 6), 0.0, 3.0)
    assert (no_clap[snare][1:] == 3).all()
    assert (percussion_mask((True,) * 9, 3.0, 3.0, 6.0)[snare][1:] < -1000).all()


def test_planned_chords_are_leaned_towards_and_the_lead_the_least() -> None:
    mask = melody_mask("free", ALL, C_MAJOR_TRIAD)
    for voice, middle in (("bass", 36), ("chords", 60), ("lead", 72)):
        values = row(mask, voice)
        assert [pitch - middle for pitch in range(middle, middle + 8) if values[pitch] == 0] == [0, 4, 7]
    assert row(mask, "chords")[61] < row(mask, "lead")[73] < 0
    assert not any(melody_mask("free", ALL)[melody.LAYOUT.slot_range("chords.0")][12:30])


def test_a_bass_is_leaned_towards_the_planned_root_and_no_other_voice_is() -> None:
    rooted, plain = (melody_mask("free", ALL, C_MAJOR_TRIAD, root=root) for root in (7, -1))
    bass = row(rooted, "bass")
    assert bass[43] == 0 > bass[40] > bass[42]
    assert row(rooted, "chords") == row(plain, "chords")
    assert row(plain, "bass")[40] == 0


def test_on_the_beat_a_bass_keeps_to_the_chord_and_between_beats_it_may_approach_it() -> None:
    on, between = (
        row(melody_mask("free", ALL, C_MAJOR_TRIAD, root=0, on_beat=beat), "bass") for beat in (True, False)
    )
    assert on[36] == between[36] == 0
    assert on[43] < between[43], "the root, more than the fifth"
    assert on[38] < on[43] - 3
    assert -3 < between[38] < between[43]
    strict, loose = (melody_mask("free", ALL, C_MAJOR_TRIAD, on_beat=beat) for beat in (True, False))
    assert row(strict, "lead") == row(loose, "lead")


def test_far_from_the_middle_of_its_register_a_pitch_is_leaned_away_from() -> None:
    for lead_register, middle in enumerate((75, 60, 70, 81, 91)):
        lead = row(melody_mask("free", ALL, 0, lead_register), "lead")
        assert lead[middle] == 0
        assert lead[99] <= lead[middle + 8]
        assert lead[52] <= lead[middle - 8]
    bass = row(melody_mask("free", ALL), "bass")
    assert bass[24] < bass[30] == bass[40] == 0 > bass[55]


def test_the_lead_leans_to_steps_from_its_last_pitch() -> None:
    lead, slots = melody.REGISTERS[2], melody.LAYOUT.slot_range("lead.0")
    last = lead.token(76)
    row = line_mask(last)[slots]
    assert row[last] == 0
    assert row[last + 1] == row[last - 2] > 0
    assert row[last + 4] == 0 > row[last + 5] > row[last + 12]
    outside = np.ones(melody.LAYOUT.vocabulary, bool)
    outside[slots] = outside[melody.LAYOUT.slot_range("lead.1")] = False
    assert not line_mask(last)[outside].any()
    assert not line_mask(0).any(), "before its first note nothing is favoured"
