"""Gestures as data: what belongs together, and what is not remembered. How undo acts on music is in test_changes."""

from daemon.automation import Automation
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.gestures import Gestures
from daemon.music.deck.operations import BeginAnew, Cancel, Entry, Operation, Reseed, SetParameters, SwapModel
from daemon.music.ensemble.ensemble import EnsembleState
from daemon.music.ensemble.lineup import Source, lineup_of, whole
from daemon.music.systems.played import NOTHING
from daemon.parameters import Parameters
from tests.daemon.playback import loud

TINY = Source("tiny", "a digest")


def state(tick: int = 5) -> DeckState:
    music = EnsembleState(1, (), (), NOTHING, ())
    return DeckState(tick, lineup_of(TINY), music, Automation(loud()), Parameters())


def note(
    gestures: Gestures, operation: Operation, seconds: float, surface: str = "zmq", number: int = 1
) -> None:
    gestures.note(surface, seconds, Entry(number, 5, operation), state())


def test_a_gesture_lasts_until_a_second_passes_without_a_change() -> None:
    gestures = Gestures()
    for tenth in range(0, 50, 9):
        note(gestures, SetParameters({"gate": tenth / 100}), tenth / 10)
    (gesture,) = gestures.done
    assert gesture.parts[0].done == SetParameters({"gate": 0.45})
    assert gesture.parts[0].inverse == SetParameters({"gate": loud().gate})
    note(gestures, SetParameters({"gate": 0.5}), 4.5 + 1.0)
    assert len(gestures.done) == 2


def test_parameters_seed_and_model_are_parts_of_one_gesture() -> None:
    gestures = Gestures()
    note(gestures, SetParameters({"gate": 0.5}), 0.0)
    note(gestures, Reseed(5), 0.1, number=2)
    note(gestures, SwapModel(whole(Source("other", "another digest"))), 0.2, number=3)
    (gesture,) = gestures.done
    assert [part.inverse for part in gesture.parts] == [
        SetParameters({"gate": loud().gate}),
        Reseed(1),
        SwapModel(whole(TINY)),
    ]


def test_swaps_of_two_parts_within_a_second_are_one_part_of_a_gesture() -> None:
    gestures = Gestures()
    drums, tune, other = (Source(name, f"digest of {name}") for name in ("drums", "tune", "other"))
    note(gestures, SwapModel({"percussion": drums}), 0.0)
    note(gestures, SwapModel({"melody": tune}), 0.1, number=2)
    note(gestures, SwapModel({"percussion": other}, "phrase"), 0.2, number=3)
    (gesture,) = gestures.done
    (part,) = gesture.parts
    assert part.done == SwapModel({"percussion": other, "melody": tune}, "phrase")
    assert part.inverse == SwapModel({"percussion": TINY, "melody": TINY})
    assert part.waiting == (3,), "the others were pending no longer"


def test_what_nobody_can_take_back_is_not_remembered_and_ends_no_redo() -> None:
    gestures = Gestures()
    note(gestures, SetParameters({"gate": 0.5}), 0.0)
    gestures.undo(state(), "now", lambda operation: Entry(2, 5, operation))
    for operation in (Cancel((1,)), BeginAnew()):
        note(gestures, operation, 3.0)
    assert (len(gestures.done), len(gestures.undone)) == (0, 1)


def test_a_restart_is_a_gesture_of_its_own() -> None:
    gestures = Gestures()
    note(gestures, SetParameters({"gate": 0.5}), 0.0)
    gestures.restarted("zmq", 0.1, seed=1, bar=12)
    assert [len(gesture.parts) for gesture in gestures.done] == [1, 1]
    accepted: list[Operation] = []

    def accept(operation: Operation) -> Entry:
        accepted.append(operation)
        return Entry(9, 5, operation)

    gestures.undo(state(), "now", accept)
    gestures.redo(state(), "now", accept)
    assert accepted == [Reseed(1, "now", bar=12), Reseed(1, "now", bar=0)]
