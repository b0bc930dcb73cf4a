"""An ensemble of the shipped bundle: determinism, memory, and the effect of each parameter on the music."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from daemon.composer.offline.offline import perform
from daemon.music.deck.operations import SetParameters
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensemble import Composed
from daemon.music.systems.repetition import copy_bias
from daemon.parameters import Parameters, SamplingSettings, change
from models import bundle
from models.notes import PULSES_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, TICKS_PER_BAR, Note
from models.scales import scale_pitch_classes
from models.session import choose_provider
from tests.daemon.solo import Solo

PURE = Parameters(director=False, classical_mix=0.0)


@pytest.fixture(scope="module")
def solo() -> Solo:
    shipped = bundle.load("edm")
    return Solo(shipped, choose_provider("cpu", shipped.model("percussion")), 1)


def compose(solo: Solo, seed: int, ticks: int, parameters: Parameters) -> list[Composed]:
    solo.begin(seed, 0)
    return [solo.step(tick, parameters) for tick in range(ticks)]


def notes(solo: Solo, bars: int, parameters: Parameters, seed: int = 1) -> tuple[Note, ...]:
    solo.begin(seed, 0)
    return perform(solo.deck(parameters), bars).notes


def test_same_seed_same_music_and_another_seed_another(solo: Solo) -> None:
    first, again, other = (compose(solo, seed, 96, Parameters()) for seed in (7, 7, 8))
    assert first == again != other


def test_a_restored_ensemble_goes_on_note_for_note(solo: Solo) -> None:
    compose(solo, 3, 150, Parameters())
    saved = solo.save()
    onward = [solo.step(tick, Parameters()) for tick in range(150, 220)]
    compose(solo, 9, 10, Parameters())
    solo.restore(saved)
    assert [solo.step(tick, Parameters()) for tick in range(150, 220)] == onward


def test_a_set_plays_from_cold_all_four_voices(solo: Solo) -> None:
    played = notes(solo, 32, Parameters())
    assert {note.voice for note in played} == {"lead", "chords", "bass", "drums"}
    assert len(played) > 300


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_at_high_energy_the_floor_is_kept_and_no_bar_is_without_drums(solo: Solo, seed: int) -> None:
    played = notes(solo, 32, replace(PURE, energy=0.8, humanize=0.0), seed)
    kicks = {note.pulse for note in played if note.voice == "drums" and note.pitch == 36}
    on_beat = sum(beat * PULSES_PER_BEAT in kicks for beat in range(128))
    assert on_beat / 128 >= 0.75
    assert {note.pulse // PULSES_PER_BAR for note in played if note.voice == "drums"} == set(range(32))
    harmonic = {note.pulse // PULSES_PER_BAR for note in played if note.voice in ("bass", "chords")}
    assert len(harmonic) / 32 >= 0.9


@pytest.mark.parametrize("scale", ["C minor", "F# major", "A dorian", "C# blues"])
def test_a_scale_lock_holds_for_every_note(solo: Solo, scale: str) -> None:
    allowed = scale_pitch_classes(scale)
    assert allowed is not None
    played = [note for note in notes(solo, 16, replace(PURE, scale=scale)) if note.voice != "drums"]
    assert len(played) > 50
    assert {note.pitch % 12 for note in played} <= allowed


def _onsets(played: tuple[Note, ...]) -> set[tuple[int, str, int]]:
    return {(note.pulse // PULSES_PER_TICK, note.voice, note.pitch) for note in played}


def _likeness(played: tuple[Note, ...]) -> float:
    """The share of melodic notes that repeat one of four bars before; the drums keep their genre's beat in any case."""
    onsets = _onsets(tuple(note for note in played if note.voice != "drums"))
    later = [(tick, voice, pitch) for tick, voice, pitch in onsets if tick >= 4 * TICKS_PER_BAR]
    return sum((tick - 4 * TICKS_PER_BAR, voice, pitch) in onsets for tick, voice, pitch in later) / len(
        later
    )


def _drums(played: tuple[Note, ...]) -> float:
    return sum(note.voice == "drums" for note in played)


def _tune(played: tuple[Note, ...]) -> float:
    return sum(note.voice in ("lead", "chords") for note in played)


def _variety(played: tuple[Note, ...]) -> float:
    return len({(note.voice, note.pitch) for note in played if note.voice != "drums"})


def _drum_variety(played: tuple[Note, ...]) -> float:
    """The number of different bars of drums."""
    bars: dict[int, set[tuple[int, int]]] = {}
    for note in played:
        if note.voice == "drums":
            bar, place = divmod(note.pulse, PULSES_PER_BAR)
            bars.setdefault(bar, set()).add((place // PULSES_PER_TICK, note.pitch))
    return len({frozenset(bar) for bar in bars.values()})


@pytest.mark.parametrize(
    ("name", "low", "high", "measure", "at_least"),
    [
        ("repetition", 0.1, 0.9, _likeness, 1.5),
        ("energy", 0.3, 0.9, _drums, 2.0),
        ("density", 0.1, 0.9, _tune, 2.0),
        ("melody.temperature", 0.2, 1.8, _variety, 1.15),
        ("melody.top_p", 0.1, 1.0, _variety, 1.15),
        ("percussion.temperature", 0.1, 2.0, _drum_variety, 1.15),
        ("percussion.top_p", 0.1, 1.0, _drum_variety, 1.15),
    ],
)
def test_a_parameter_does_to_the_music_what_it_says(
    solo: Solo,
    name: str,
    low: float,
    high: float,
    measure: Callable[[tuple[Note, ...]], float],
    at_least: float,
) -> None:
    plain = replace(PURE, humanize=0.0, simplicity=0.0)
    less, more = (
        sum(measure(notes(solo, 16, change(plain, {name: value}), seed)) for seed in range(3))
        for value in (low, high)
    )
    assert more / less >= at_least


def test_full_repetition_loops_and_none_never_copies() -> None:
    assert copy_bias(0.6) == 0.0
    assert copy_bias(0.0) < -1000 < copy_bias(0.3) < 0 < copy_bias(0.8) < copy_bias(1.0)


@pytest.mark.parametrize("repetition", [0.6, 0.9])
def test_chords_by_hand_are_heard_whatever_was_looped_before(solo: Solo, repetition: float) -> None:
    parameters = replace(PURE, repetition=repetition, energy=0.8, humanize=0.0)
    within, sounded = {"bass": 0, "chords": 0}, {"bass": 0, "chords": 0}
    for seed in range(3):
        solo.begin(seed, 0)
        deck = solo.deck(parameters)
        run(deck.compose())
        deck.accept(SetParameters({"chord_loop": "i-VI-III-VII"}, "phrase"), 1)
        for tick in range(1, 20 * TICKS_PER_BAR):
            composed = run(deck.compose()).composed
            if tick < 8 * TICKS_PER_BAR:
                continue
            chord = composed.plan.harmony[tick % TICKS_PER_BAR // 8]
            for note in composed.notes:
                if note.voice in within:
                    sounded[note.voice] += 1
                    within[note.voice] += chord >> (note.pitch - composed.plan.key) % 12 & 1
    assert min(sounded.values()) > 100
    assert within["chords"] / sounded["chords"] > 0.93
    assert within["bass"] / sounded["bass"] > 0.93


def test_what_a_dance_floor_awaits_is_played(solo: Solo) -> None:
    awaited, struck = 0, 0
    dropped = Parameters(classical_mix=0.0, humanize=0.0, section="drop", genre="house")
    for seed in range(2):
        solo.begin(seed, 0)
        for tick in range(24 * TICKS_PER_BAR):
            composed = solo.step(tick, dropped)
            claps = any(composed.plan.drums[1:3]) and composed.plan.four_on_the_floor
            if claps and tick % TICKS_PER_BAR in (4, 12):
                awaited += 1
                struck += any(note.pitch in (38, 39) for note in composed.notes if note.voice == "drums")
    assert awaited > 20
    assert struck / awaited > 0.85


def test_classical_alone_plays_without_drums(solo: Solo) -> None:
    played = notes(solo, 16, Parameters(classical_mix=1.0))
    assert played
    assert all(note.voice != "drums" for note in played)


def test_a_quiet_or_wild_setting_neither_stops_nor_breaks_the_music(solo: Solo) -> None:
    for temperature in (0.05, 3.0):
        for top_p in (0.05, 1.0):
            sampling = SamplingSettings(temperature, top_p)
            wild = replace(PURE, melody=sampling, percussion=sampling)
            assert len(notes(solo, 8, wild)) > 40


def test_a_key_by_hand_moves_the_melodic_voices_and_no_drum(solo: Solo) -> None:
    home, away = (
        notes(solo, 4, change(replace(PURE, humanize=0.0), {"key": key})) for key in ("A minor", "C minor")
    )
    assert len(home) == len(away)
    for one, other in zip(home, away, strict=True):
        assert other.pitch - one.pitch == (0 if one.voice == "drums" else 3)


def test_a_level_by_hand_is_heard_from_the_next_bar(solo: Solo) -> None:
    solo.begin(1, 0)
    deck = solo.deck(replace(PURE, energy=0.8))
    for _ in range(21):
        run(deck.compose())
    deck.accept(SetParameters({"kick.level": "off", "lead.level": "off"}), 21)
    played = [note for _ in range(21, 64) for note in run(deck.compose()).composed.notes]
    kicks = {note.pulse // PULSES_PER_BAR for note in played if note.voice == "drums" and note.pitch == 36}
    leads = {note.pulse // PULSES_PER_BAR for note in played if note.voice == "lead"}
    assert kicks == {1}
    assert leads <= {1}
