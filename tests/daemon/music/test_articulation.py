from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.music.ensemble.articulation import drum_notes, melodic_notes, on_tick, snap
from daemon.music.systems.played import Timed
from daemon.parameters import MelodicSettings, Parameters, VoiceSettings
from models.codecs import melody, percussion
from models.codecs.melody import Sound
from models.notes import PULSES_PER_TICK, Note
from models.scales import SCALES, key_shift, scale_pitch_classes

CALM = np.zeros(40, np.float32)
PLAIN = Parameters(humanize=0.0, gate=1.0)
CHORD = [Sound("bass", 36, 4), Sound("chords", 60, 8), Sound("chords", 64, 8), Sound("lead", 76, 2)]


def play(
    parameters: Parameters, tick: int = 0, spread: np.ndarray[tuple[int], np.dtype[np.float32]] = CALM
) -> list[Note]:
    return list(melodic_notes(tick, map(on_tick, CHORD), parameters, 0.5, spread))


def test_tokens_become_notes_of_their_voices() -> None:
    assert [(note.voice, note.pitch, note.length) for note in play(PLAIN)] == [
        ("bass", 36, 4 * PULSES_PER_TICK),
        ("chords", 60, 8 * PULSES_PER_TICK),
        ("chords", 64, 8 * PULSES_PER_TICK),
        ("lead", 76, 2 * PULSES_PER_TICK),
    ]


@given(
    st.sampled_from(SCALES),
    st.integers(-24, 24),
    st.integers(-3, 3),
    st.lists(st.integers(0, 200), min_size=10, max_size=10),
)
def test_a_scale_lock_holds_under_every_transposition(
    scale: str, transpose: int, octave: int, raw: list[int]
) -> None:
    sizes = [slot.size for slot in melody.LAYOUT.slots]
    tokens = np.array([value % size for value, size in zip(raw, sizes, strict=True)])
    moved = MelodicSettings(octave=octave)
    parameters = Parameters(scale=scale, transpose=transpose, lead=moved, bass=moved)
    allowed = scale_pitch_classes(scale) or frozenset(range(12))
    for note in melodic_notes(0, map(on_tick, melody.decode(tokens)), parameters, 0.5, CALM):
        assert note.pitch % 12 in allowed
        assert 0 <= note.pitch <= 127


def test_the_key_follows_the_scale() -> None:
    assert key_shift("free") == key_shift("C major") == key_shift("A minor") == key_shift("D dorian") == 0
    assert key_shift("G major") == key_shift("E minor") == -5
    assert key_shift("C minor") == 3
    assert snap(61, "C major") == 60


@given(st.integers(-300, 300), st.integers(-(2**40), 2**40))
def test_a_pitch_out_of_range_moves_by_octaves_at_once(near: int, octaves: int) -> None:
    for pitch in (near, near + 12 * octaves):
        inside = snap(pitch, "free")
        assert 0 <= inside <= 127
        assert inside % 12 == pitch % 12
        assert inside == pitch or not 12 <= inside <= 115, "by no octave more than needed"


def test_transpose_and_octaves_move_melodic_voices_alone() -> None:
    lead, chords, bass = (MelodicSettings(octave=octaves) for octaves in (-1, 1, 2))
    moved = play(Parameters(humanize=0.0, transpose=5, lead=lead, chords=chords, bass=bass))
    assert [note.pitch for note in moved] == [36 + 29, 60 + 17, 64 + 17, 76 - 7]


def test_swing_delays_every_second_sixteenth() -> None:
    assert [play(Parameters(humanize=0.0, swing=0.5), tick)[0].pulse for tick in range(3)] == [0, 180, 240]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 60)), min_size=2, max_size=12),
    st.floats(0, 0.75),
    st.floats(0.1, 1) | st.just(1.0),
)
def test_a_line_does_not_overlap_itself_with_swing(
    gaps: list[tuple[int, int]], swing: float, gate: float
) -> None:
    # On the finest grid of a codec, steps of ten pulses: a rest and a length each.
    line, pulse = list[tuple[int, int]](), 0
    for rest, length in gaps:
        line.append((pulse + 10 * rest, 10 * length))
        pulse = sum(line[-1])
    parameters = Parameters(humanize=0.0, swing=swing, gate=gate)
    heard = list[Note]()
    for start, length in line:
        tick, late = divmod(start, PULSES_PER_TICK)
        timed = Timed("lead", 60, late, length, 80)
        heard += melodic_notes(tick, [timed], parameters, 0.5, CALM)
    for (first, second), (note, after) in zip(pairwise(line), pairwise(heard), strict=True):
        assert 0 < note.length <= after.pulse - note.pulse
        touches = sum(first) == second[0]
        assert not (touches and gate == 1) or note.pulse + note.length == after.pulse


def test_gate_shortens_and_velocity_scales() -> None:
    assert play(Parameters(humanize=0.0, gate=0.5))[1].length == 4 * PULSES_PER_TICK
    loud, quiet = play(Parameters(humanize=0.0, velocity=2.0)), play(Parameters(humanize=0.0, velocity=0.5))
    assert all(low.velocity < high.velocity <= 127 for low, high in zip(quiet, loud, strict=True))
    assert not play(Parameters(velocity=0.0))


@pytest.mark.parametrize("voice", ["bass", "chords", "lead"])
def test_a_muted_voice_is_silent(voice: str) -> None:
    assert voice not in {note.voice for note in play(Parameters.from_names({f"{voice}.mute": True}))}


def test_humanize_spreads_late_and_never_early() -> None:
    rough = np.random.default_rng(0).random(40, np.float32)
    pulses = {note.pulse for note in play(Parameters(humanize=1.0), 4, rough)}
    assert len(pulses) > 1
    assert all(4 * PULSES_PER_TICK <= pulse < 5 * PULSES_PER_TICK for pulse in pulses)


def test_drums_are_general_midi_and_melodic_parameters_leave_them_alone() -> None:
    hits = percussion.decode(percussion.encode([[percussion.Hit(drum, 1.0) for drum in range(9)]])[0])
    rough = np.full(40, 0.99, np.float32)
    notes = list(drum_notes(2, hits, Parameters(humanize=0.5, transpose=7), 0.5, rough))
    assert [note.pitch for note in notes] == list(percussion.PITCHES)
    assert 2 * PULSES_PER_TICK <= notes[0].pulse < notes[1].pulse, "the kick is closest to the grid"
    assert not list(drum_notes(2, hits, Parameters(drums=VoiceSettings(mute=True)), 0.5, rough))
