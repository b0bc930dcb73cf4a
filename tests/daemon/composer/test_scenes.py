"""Scenes, morphs and captures as a client asks for them, on a deck with small networks."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mido
import pytest

from daemon.control import protocol
from daemon.control.messages import ControlError
from daemon.music.deck.deck import Deck
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from models import bundle as bundles
from models.notes import MAIN, PULSES_PER_BAR, TICKS_PER_BAR
from models.take import SentRow
from tests.daemon.composer.test_decks import Stage
from tests.daemon.handlers import answer
from tests.daemon.playback import CPU
from tests.daemon.solo import Solo
from tests.training import tiny

Ask = Callable[..., Any]
NOTES = [{"beat": beat, "length": 1, "voice": "lead", "pitch": 60 + beat % 5} for beat in range(16)]


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return Solo(bundles.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny"))), CPU, 1)


@pytest.fixture
def stage(solo: Solo, tmp_path: Path) -> Iterator[Stage]:
    solo.begin(1, 0)
    made = Stage(solo, tmp_path)
    yield made
    made.decks.close(in_order=True)


@pytest.fixture
def ask(stage: Stage) -> Ask:
    handlers = stage.decks._seats[MAIN].handlers

    def asking(op: str, **fields: Any) -> Any:
        request = protocol.parse(_frame(op, fields))
        return answer(handlers, request.op)

    return asking


def _frame(op: str, fields: dict[str, Any]) -> bytes:
    return json.dumps({"v": 1, "op": op, **fields}).encode()


def begin(deck: Deck, ticks: int) -> list[Ticked]:
    """Let ticks begin, and return them."""
    played = []
    for tick in range(deck.next_tick, deck.next_tick + ticks):
        deck.rewind()
        while deck.head <= tick:
            run(deck.compose())
        ticked = deck.ticked(tick)
        assert ticked is not None
        played.append(ticked)
        deck.begin(tick + 1)
    return played


def test_a_scene_brings_parameters_seed_section_and_models_back_at_one_bar(stage: Stage, ask: Ask) -> None:
    deck = stage.decks.main.deck
    ask("set", params={"director": True, "tempo": 99.0, "humanize": 0.0})
    begin(deck, 5 * TICKS_PER_BAR)
    ask("scene", action="save", name="one")
    section = deck.outlook().section_at(4)
    first = [each.composed.plan for each in begin(deck, 1)]
    ask("reseed", seed=12345)
    ask("set", params={"tempo": 150.0, "director": False, "energy": 0.1})
    ask("model", action="load", name="pattern", part="percussion")
    begin(deck, 3 * TICKS_PER_BAR + 3)
    now = deck.next_tick
    told = ask("scene", action="load", name="one")
    bar = -(-now // TICKS_PER_BAR)
    assert told == {"name": "one", "at": "bar", "effective_beat": 4.0 * bar, "effective_bar": bar}
    before = begin(deck, bar * TICKS_PER_BAR - now)
    assert {each.parameters.tempo for each in before} == {150.0}
    assert deck.state(deck.next_tick).lineup.percussion.name == "pattern"
    (after,) = begin(deck, 1)
    state = deck.state(deck.next_tick)
    assert (after.parameters.tempo, after.parameters.director) == (99.0, True)
    assert (state.music.seed, state.lineup, state.music_bar) == (1, stage.solo.lineup, section.start_bar)
    assert after.composed.plan.section == first[0].section
    assert ask("scene", action="list")["current"] == "one"


def test_a_scene_that_brings_what_plays_already_needs_no_other_model(stage: Stage, ask: Ask) -> None:
    ask("scene", action="save", name="one")
    ask("scene", action="load", slot=1)
    kinds = [type(entry.operation).__name__ for entry in stage.decks.main.deck.journal.entries]
    assert "SwapModel" not in kinds


def test_the_operations_of_a_scene_have_one_tick(stage: Stage, ask: Ask) -> None:
    ask("scene", action="save", name="one")
    ask("model", action="load", name="pattern", part="percussion")
    begin(stage.decks.main.deck, TICKS_PER_BAR + 1)
    ask("scene", action="load", name="one", at="phrase")
    entries = [e for e in stage.decks.main.deck.journal.entries if getattr(e.operation, "at", "") == "phrase"]
    assert [type(each.operation).__name__ for each in entries] == ["SetParameters", "SwapModel", "Reseed"]
    assert len({each.tick for each in entries}) == 1


def test_a_scene_is_taken_back_whole(stage: Stage, ask: Ask) -> None:
    deck = stage.decks.main.deck
    ask("scene", action="save", name="one")
    ask("reseed", seed=77, at="now")
    ask("set", params={"tempo": 150.0})
    begin(deck, 20)
    stage.decks.main.changes.gestures.done.clear()
    ask("scene", action="load", name="one")
    begin(deck, 20)
    assert (deck.state(deck.next_tick).music.seed, deck.state(deck.next_tick).parameters.tempo) == (1, 128.0)
    ask("undo")
    begin(deck, 2)
    assert (deck.state(deck.next_tick).music.seed, deck.state(deck.next_tick).parameters.tempo) == (77, 150.0)


def test_a_primed_scene_primes_again(stage: Stage, ask: Ask) -> None:
    deck = stage.decks.main.deck
    ask("prime", notes=NOTES)
    stage.work()
    begin(deck, TICKS_PER_BAR)
    ask("scene", action="save", name="one")
    assert "[prime]" in (stage.folder / "presets" / "scenes" / "one.toml").read_text(encoding="utf-8")
    ask("reseed", seed=5)
    begin(deck, 2 * TICKS_PER_BAR)
    before = deck.state(deck.next_tick).music.track.hook
    assert before is None or not before.is_primed
    ask("scene", action="load", name="one")
    stage.work()
    begin(deck, TICKS_PER_BAR + 1)
    hook = deck.state(deck.next_tick).music.track.hook
    assert hook is not None
    assert hook.is_primed


def test_next_goes_through_the_setlist_and_ends_with_a_sentence(ask: Ask) -> None:
    for name in ("one", "two"):
        ask("scene", action="save", name=name)
    assert [ask("scene", action="next")["name"] for _ in range(2)] == ["one", "two"]
    with pytest.raises(ControlError, match="two is the last scene"):
        ask("scene", action="next")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"action": "load", "name": "none"}, "no scene is named none"),
        ({"action": "save", "name": "../x"}, "the name of a scene"),
        ({"action": "save"}, '"name"'),
        ({"action": "rename", "name": "a"}, '"to"'),
        ({"action": "load", "slot": 0}, "1 to 128"),
    ],
)
def test_scenes_that_cannot_be_are_refused(ask: Ask, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ControlError, match=told):
        ask("scene", **fields)


def test_a_scene_with_an_unknown_model_changes_nothing(stage: Stage, ask: Ask) -> None:
    path = Path(ask("scene", action="save", name="one")["path"])
    path.write_text('models.melody = "none"\nparameters.tempo = 99\n', encoding="utf-8")
    with pytest.raises(ControlError, match="no model is named none"):
        ask("scene", action="load", name="one")
    assert stage.decks.main.changes.state.parameters.tempo == 128.0


def test_a_morph_over_beats_is_one_gesture(stage: Stage, ask: Ask) -> None:
    deck = stage.decks.main.deck
    ask("preset", action="save", name="a")
    ask("set", params={"tempo": 88.0, "lead.octave": 1})
    ask("preset", action="save", name="b", slot=2)
    stage.decks.main.changes.gestures.done.clear()
    ask("set", params={"tempo": 70.0})
    stage.decks.main.changes.gestures.done.clear()
    told = ask("morph", **{"from": "a", "to": "b", "over": 4, "at": "bar"})
    assert (told["effective_beat"], told["params"]["tempo"]) == (0.0, 88.0)
    played = begin(deck, 17)
    assert [round(played[tick].parameters.tempo, 3) for tick in (0, 8, 16)] == [128.0, 108.0, 88.0]
    assert [played[tick].parameters.lead.octave for tick in (0, 7, 8)] == [0, 0, 1]
    assert len(stage.decks.main.changes.gestures.done) == 1
    ask("undo")
    assert begin(deck, 1)[0].parameters.tempo == 70.0


def test_positions_of_a_fader_cost_one_entry_and_are_one_gesture(
    stage: Stage, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.decks.main.changes, "_clock", lambda: 1.0)  # a fader is moved within a second
    ask("preset", action="save", name="a")
    ask("set", params={"tempo": 88.0, "genre": "techno"})
    ask("preset", action="save", name="b")
    begin(stage.decks.main.deck, 3)
    stage.decks.main.changes.gestures.done.clear()
    count = len(stage.decks.main.deck.journal.entries)
    for step in range(11):
        told = ask("morph", **{"from": "a", "to": "b", "position": step / 10})
    assert told["params"] == {"tempo": 88.0}, "only what differs is sent"
    assert len(stage.decks.main.deck.journal.entries) == count + 1
    assert len(stage.decks.main.changes.gestures.done) == 1
    assert stage.decks.main.changes.state.parameters.tempo == 88.0


@pytest.mark.parametrize(
    "fields", [{}, {"position": 0.5, "over": 2}, {"position": 1.5}, {"position": True}, {"over": -1}]
)
def test_wrong_morphs_are_refused(ask: Ask, fields: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        ask("morph", **{"from": "a", "to": "b", **fields})


def rows(bars: int) -> list[SentRow]:
    """A note on every beat, each half a beat long, with the number of its bar as its pitch."""
    made: list[SentRow] = []
    for beat in range(4 * bars):
        start, pitch = beat * 480, 40 + beat // 4
        made += [(start, "lead", True, pitch, 90, 1, 0), (start + 240, "lead", False, pitch, 0, 1, 0)]
        made += [(start, "drums", True, 36, 90, 10, 0), (start + 100, "drums", False, 36, 0, 10, 0)]
    return made


def play(stage: Stage, bars: int) -> None:
    recorder = stage.decks.main.recorder
    for tick in range(bars * TICKS_PER_BAR):
        recorder.add_tick(tick * 120, 128.0, "drop" if tick >= 48 else "build")
    recorder.add_rows(rows(bars))


def test_the_last_bars_are_captured_after_the_fact(stage: Stage, ask: Ask) -> None:
    play(stage, 6)
    begin(stage.decks.main.deck, 5 * TICKS_PER_BAR + 7)
    stage.decks.main.position.state = "playing"
    told = ask("capture", bars=2)
    path = Path(told["path"])
    assert (told["bars"], told["from_bar"], path.parent) == (2, 3, stage.folder)
    file = mido.MidiFile(path)
    assert [track.name for track in file.tracks][1:] == ["lead", "drums"]
    pitches = [m.note for m in file.tracks[1] if m.type == "note_on" and m.velocity]
    assert pitches == [43] * 4 + [44] * 4
    assert sum(m.time for m in file.tracks[1]) <= 2 * PULSES_PER_BAR
    assert not list((stage.folder / ".unfinished").glob("*")), "nothing is left of the work"


def test_a_capture_has_what_there_is_and_nothing_is_a_sentence(stage: Stage, ask: Ask) -> None:
    with pytest.raises(ControlError, match="no whole bar has been played"):
        ask("capture", bars=4)
    play(stage, 2)
    begin(stage.decks.main.deck, TICKS_PER_BAR + 7)
    assert ask("capture", bars=64)["bars"] == 2, "stopped in its second bar"


def test_a_capture_and_a_recording_do_not_disturb_each_other(stage: Stage, ask: Ask) -> None:
    ask("record", action="start", path="take.mid")
    play(stage, 3)
    begin(stage.decks.main.deck, 3 * TICKS_PER_BAR)
    ask("capture", bars=1)
    assert stage.decks.main.recorder.is_recording
    ask("record", action="stop")
    stage.decks.main.recorder.wait()
    lead = mido.MidiFile(stage.folder / "take.mid").tracks[1]
    assert len([m for m in lead if m.type == "note_on" and m.velocity]) == 12


def test_what_is_kept_for_captures_is_bounded(stage: Stage) -> None:
    play(stage, 200)
    lately = stage.decks.main.recorder._lately
    for bar in range(200, 400):
        lately.tell(lately._facts[-1].__class__(bar * PULSES_PER_BAR, 128.0, f"s{bar}"))
    assert lately.first_bar() is not None
    assert 400 - (lately.first_bar() or 0) < 80
