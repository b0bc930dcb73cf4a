"""Playing into a deck, in virtual time: held chords, calls and answers, accompaniment, and what is told of it."""

from collections.abc import Callable
from functools import partial

import pytest

from daemon.music.deck.operations import Prime
from daemon.parameters import Parameters, change
from models import bundle as bundles
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, Note
from tests.daemon.composer.room import Room, Strike, pitch_classes
from tests.daemon.music.test_priming import loop
from tests.daemon.playback import CPU
from tests.daemon.solo import Solo
from tests.music.listening import answered, calls

F_MINOR = {5, 8, 0}
LISTENS = change(Parameters(), {"chord_loop": "played"})
MakeRoom = Callable[..., Room]


@pytest.fixture(scope="module")
def solo() -> Solo:
    return Solo(bundles.load("edm"), CPU, 1)


@pytest.fixture
def room(solo: Solo) -> MakeRoom:
    return partial(make, solo)


def make(
    solo: Solo, *strikes: Strike, seed: int = 1, parameters: Parameters = LISTENS, late: float = 0.0
) -> Room:
    solo.begin(seed, 0)
    return Room(solo, parameters, strikes, late)


def chord(tick: int, length: int, *pitches: int) -> list[Strike]:
    return [(tick, length, pitch, 90) for pitch in pitches]


def f_minor(tick: int, length: int) -> list[Strike]:
    return chord(tick, length, 53, 56, 60)


@pytest.mark.timeout(600)
def test_a_held_f_minor_chord_is_in_bass_and_chords_of_the_next_bar_in_all_of_100_tries(solo: Solo) -> None:
    found = 0
    for seed in range(100):
        bars, place = 1 + seed % 7, seed % 15
        played = make(solo, *f_minor(bars * TICKS_PER_BAR + place, 40), seed=seed, late=0.01 * (seed % 5))
        played.bars(bars + 1)
        notes = played.bars(1)
        bass = pitch_classes(notes, "bass")
        found += 5 in bass and bass <= F_MINOR and pitch_classes(notes, "chords") == F_MINOR
        played.deck.close()
    assert found == 100


def test_released_chords_go_round_as_a_loop(room: MakeRoom) -> None:
    d_flat, e_flat = {1, 5, 8}, {3, 7, 10}
    strikes = [*f_minor(16, 14), *chord(32, 13, 49, 53, 56), *chord(48, 15, 51, 55, 58)]
    played = room(*strikes)
    played.bars(2)
    assert [pitch_classes(played.bars(1), "chords") for _ in range(3)] == [F_MINOR, d_flat, e_flat]
    later = [pitch_classes(played.bars(1), "bass") for _ in range(6)]
    for classes, expected in zip(later, [F_MINOR, d_flat, e_flat] * 2, strict=True):
        assert classes <= expected
    plan = played.deck.outlook().describe(10)
    assert plan is not None
    assert plan["chords"] == ["Eb", "Eb"]


@pytest.mark.parametrize("ends", [(7, 8, 9), (9, 7, 8), (8, 9, 7)])
def test_keys_that_are_let_go_one_by_one_leave_the_chord(room: MakeRoom, ends: tuple[int, int, int]) -> None:
    strikes = [
        strike for end, pitch in zip(ends, (53, 56, 60), strict=True) for strike in chord(18, end, pitch)
    ]
    played = room(*strikes)
    played.bars(2)
    assert pitch_classes(played.bars(1), "chords") == F_MINOR


def test_chords_do_nothing_while_nobody_listens(room: MakeRoom) -> None:
    silent, played = room(parameters=Parameters()), room(*f_minor(20, 40), parameters=Parameters())
    assert silent.bars(4) == played.bars(4)
    assert not played.deck.journal.entries


def test_the_op_follows_a_chord_that_is_held_already_and_off_gives_the_harmony_back(room: MakeRoom) -> None:
    played = room(*f_minor(8, 200), parameters=Parameters())
    plain = room(parameters=Parameters())
    played.play(20)
    told = played.listen("harmony")
    assert (told["effective_bar"], played.listener.tell()["harmony"]) == (2, True)
    played.play(12)
    assert pitch_classes(played.bars(1), "chords") == F_MINOR
    played.listen("off")
    played.play(16)
    assert played.changes.state.parameters.chord_loop == "auto"
    plain.bars(4)
    chords = [each.deck.outlook().describe(4) for each in (played, plain) if each.play(1)]
    assert chords[0]
    assert chords[1]
    assert chords[0]["chords"] == chords[1]["chords"]


def call(tick: int) -> list[Strike]:
    return next(calls(1)).at(tick)


def test_during_a_call_only_drums_play_and_then_it_is_answered(room: MakeRoom) -> None:
    played = room(*call(48), parameters=change(Parameters(), {"section": "drop"}))
    played.play(44)
    assert played.listen("call", 2)["effective_bar"] == 3
    assert (played.listener.tell()["mode"], played.listener.tell()["phase"]) == ("call", "off")
    played.play(4)
    called, answer, again = played.bars(2), played.bars(2), played.bars(1)
    assert {note.voice for note in called} == {"drums"}
    assert {note.voice for note in again} == {"drums"}
    assert {"lead", "drums"} <= {note.voice for note in answer}
    assert played.listener.tell()["phase"] == "call"


@pytest.mark.parametrize(("step_seconds", "before"), [(0.001, 2), (0.008, 4), (1.0, 8)])
def test_a_slow_machine_takes_a_call_earlier(room: MakeRoom, step_seconds: float, before: int) -> None:
    played = room(*call(16), parameters=Parameters())
    played.step_seconds = step_seconds
    played.listen("call", 2)
    played.play(33 - before)
    (entry,) = [each for each in played.deck.journal.entries if isinstance(each.operation, Prime)]
    assert entry.tick == 33 - before
    played.play(before - 1)
    assert {"lead"} <= {note.voice for note in played.bars(2)}


def test_a_call_does_not_push_out_music_that_somebody_asked_for(room: MakeRoom) -> None:
    played = room(*call(16), parameters=Parameters())
    played.listen("call", 2)
    played.play(30)
    played.priming.expect(loop())
    played.play(4)
    operations = [each.operation for each in played.deck.journal.entries]
    (prime,) = [each for each in operations if isinstance(each, Prime)]
    assert not prime.call_bars


def test_once_is_once(room: MakeRoom) -> None:
    played = room(*call(16), parameters=Parameters())
    played.play(12)
    played.listen("call", 2, once=True)
    played.play(4 + 4 * TICKS_PER_BAR)
    assert len({note.voice for note in played.bars(2)}) > 1
    assert played.listener.tell() == {
        "mode": "off",
        "phase": "off",
        "bars": 2,
        "once": True,
        "harmony": False,
    }


def test_without_a_call_the_deck_plays_its_own(room: MakeRoom) -> None:
    played, plain = room(parameters=Parameters()), room(parameters=Parameters())
    played.listen("call", 1)
    played.bars(1)
    plain.bars(1)
    assert played.bars(1) == plain.bars(1)


def test_an_answer_on_demand_takes_the_last_bars_and_the_turn(room: MakeRoom) -> None:
    played = room(*call(16), parameters=Parameters())
    played.listen("call", 8)
    assert played.listen("answer")["notes"] == 0
    played.play(60)
    told = played.listen("answer", 2)
    assert (told["notes"], told["effective_bar"]) == (len(call(0)), 4)
    played.play(4)
    assert "lead" in {note.voice for note in played.bars(2)}
    assert played.listener.tell()["phase"] == "call"


@pytest.mark.timeout(300)
def test_calls_are_answered_in_their_key_and_with_more_of_their_rhythm_than_unprimed_music_has(
    solo: Solo,
) -> None:
    for seed, each in enumerate(calls(4)):
        answer, plain = answered(solo, each, seed)
        assert answer.in_key >= 0.9
        assert answer.rhythm >= 0.75
        assert answer.rhythm > plain.rhythm + 0.2


def loudness(notes: list[Note], voice: str, place: int) -> float:
    own = [n.velocity for n in notes if n.voice == voice and n.pulse // PULSES_PER_TICK % 4 == place]
    return sum(own) / max(len(own), 1)


def test_drums_and_bass_follow_who_plays(room: MakeRoom) -> None:
    parameters = change(Parameters(), {"humanize": 0.0, "section": "drop"})
    soft = [(tick, 1, 60, 25) for tick in range(16, 112, 16)]
    loud = [(tick, 1, 60, 127 if tick % 4 == 2 else 90) for tick in range(16, 112)]
    quiet, busy = room(*soft, parameters=parameters), room(*loud, parameters=parameters)
    for each in (quiet, busy):
        each.listen("accompany")
        each.bars(3)
    few, many = quiet.bars(3), busy.bars(3)
    count = [sum(note.voice == "bass" for note in notes) for notes in (few, many)]
    assert count[1] > 2 * count[0] > 0
    drums = [[note.velocity for note in notes if note.voice == "drums"] for notes in (few, many)]
    assert sum(drums[1]) / len(drums[1]) > sum(drums[0]) / len(drums[0]) + 10
    assert len(drums[1]) > len(drums[0])
    assert busy.listener.tell()["mode"] == "accompany"
    busy.listen("off")
    busy.bars(2)
    assert busy.deck.state(busy.deck.next_tick).listening.touch is None


def test_what_is_held_is_told_with_its_chord(room: MakeRoom) -> None:
    played = room(*f_minor(4, 8))
    played.play(6)
    assert played.told == [{"topic": "played", "beat": 1.0, "held": [53, 56, 60], "chord": "Fm"}]
    played.play(8)
    assert played.told[-1]["held"] == []
    played.listener.hear(((played.seconds, 40, 90),))
    played.listener.hear((), all_off=True)
    played.seconds += 1
    played.listener.publish()
    assert played.told[-1]["held"] == []


def test_chords_in_a_flood_do_not_fill_the_journal(room: MakeRoom) -> None:
    played = room()
    played.play(20)
    for number in range(2000):
        pitches = [(played.seconds, 40 + number % 7 + step, 90) for step in (0, 3, 7)]
        played.listener.hear((*pitches, *((s, p, 0) for s, p, _ in pitches)))
    assert len(played.deck.journal.entries) <= 2
