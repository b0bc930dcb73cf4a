"""What the handlers do with each op, on a real deck."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.composer.playing.feeder import Feeder
from daemon.composer.records.recorder import Recorder
from daemon.composer.requests.changes import Changes
from daemon.composer.requests.handlers import Handlers, Reply
from daemon.control import messages, protocol
from daemon.control.messages import ControlError
from daemon.link.gateway import LoadScene, NameModels
from daemon.link.player import ToPlayer
from daemon.link.timeline import Timeline
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from daemon.music.systems.system import Part
from daemon.parameters import ParameterError, Parameters
from daemon.workers.jobs import Heard, Verified
from exporters.midi import write_midi
from models import bundle as bundles
from models.notes import Note
from models.take import Take
from tests.daemon.handlers import answer
from tests.daemon.playback import loud, solo_of
from tests.daemon.solo import Solo
from tests.training import tiny


class PlainStage:
    """A stage whose player is only a list of messages, at `seconds`; it counts the calls it gets."""

    def __init__(self, solo: Solo, folder: Path, parameters: Parameters | None = None) -> None:
        self.seconds = 0.0
        self.sent: list[ToPlayer] = []
        self.deck = solo.deck(parameters or loud())
        self.feeder = Feeder(self.deck, self.sent.append, 2.0, clock=lambda: self.seconds)
        self.changes = Changes(self.deck, self.feeder, self.sent.append)
        self.recorder = Recorder(folder)
        self.preset_changes = 0
        self.primed: list[Heard] = []
        self.steered: list[str] = []
        self.loaded: list[str] = []
        self.changed_count = 0

    def begin(self) -> Ticked:
        """Let the next tick begin, and return it."""
        tick = self.deck.next_tick
        self.deck.rewind()
        while self.deck.head <= tick:
            run(self.deck.compose())
        self.deck.begin(tick + 1)
        ticked = self.deck.ticked(tick)
        assert ticked is not None
        return ticked

    def swap_system(self, name: str, part: Part | None) -> dict[str, Any]:
        raise ControlError("not_found", f"no system is named {name}", "name")

    def steer(self, action: str, count_in: int = 0) -> str:
        self.steered.append(action)
        return "stopped" if action == "stop" else "playing"

    def values(self) -> dict[str, Any]:
        return self.changes.state.parameters.to_names()

    def transport(self) -> dict[str, Any]:
        return {"state": "playing"}

    def report(self) -> dict[str, Any]:
        return {"ports": {}}

    def swap(self, bundle: Verified, part: Part | None) -> Reply:
        self.loaded.append(bundle.name)
        return {"name": bundle.name}

    def scene(self) -> Reply:
        return {}

    def load_scene(self, scene: LoadScene) -> Reply:
        return {"name": scene.name}

    def capture(self, prepared: Path, bars: int) -> Reply:
        return {"path": str(prepared), "bars": bars}

    def listen(self, op: messages.Listen) -> Reply:
        return {"listening": {"mode": op.action}}

    def hear(self, music: Heard, op: messages.Prime | None) -> Reply:
        assert op is not None
        self.primed.append(music)
        return {"bars": len(music.melody) // 16}

    def changed(self) -> None:
        self.changed_count += 1


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return solo_of(tiny.write(tmp_path_factory.mktemp("models") / "tiny"), 1)


@pytest.fixture
def stage(solo: Solo, tmp_path: Path) -> Iterator[PlainStage]:
    solo.begin(1, 0)
    stage = PlainStage(solo, tmp_path)
    yield stage
    stage.recorder.close()


@pytest.fixture
def ask(stage: PlainStage) -> Callable[..., Any]:
    handlers = Handlers(stage)

    def asking(op: str, **fields: Any) -> Any:
        message = protocol.OPS[op].message
        checked = {key: protocol.OPS[op].fields[key].check(key, value) for key, value in fields.items()}
        return answer(handlers, message(**checked))

    return asking


Ask = Callable[..., Any]


def test_a_set_is_seen_at_once_and_adopted_by_the_next_tick(ask: Ask, stage: PlainStage) -> None:
    for _ in range(5):
        stage.begin()
    assert ask("set", params={"tempo": 99, "transpose": 3}) == {
        "params": {"tempo": 99.0, "transpose": 3},
        "effective_beat": 1.25,
        "effective_bar": 0,
    }
    assert ask("get", names=["tempo", "transpose"])["params"] == {"tempo": 99.0, "transpose": 3}
    assert stage.deck.state(4).parameters.tempo == 128.0
    assert stage.begin().parameters.tempo == 99.0
    assert stage.changed_count == 1


def test_a_bad_set_changes_nothing(ask: Ask, stage: PlainStage) -> None:
    with pytest.raises(ControlError, match="energy is 0 to 1; got 7"):
        ask("set", params={"tempo": 99, "energy": 7})
    with pytest.raises(ParameterError):
        answer(Handlers(stage), messages.Set({"tempo": 99, "energy": 7}))
    assert ask("get", names=["tempo"])["params"] == {"tempo": 128.0}
    assert stage.changed_count == 0
    assert stage.deck.journal.entries == []


def test_a_ramp_at_a_phrase_is_pending_and_begins_anew_with_play(ask: Ask, stage: PlainStage) -> None:
    stage.begin()
    assert ask("set", params={"energy": 0.2}, at="phrase", over=4)["effective_beat"] == 32.0
    pending = ask("state")["pending"]["energy"]
    assert (pending["target"], pending["from_beat"], pending["until_beat"]) == (0.2, 32.0, 36.0)
    stage.deck.restart()
    energies = [stage.begin().parameters.energy for _ in range(20)]
    assert energies[0] == 0.8
    assert energies == sorted(energies, reverse=True)
    assert energies[16:] == [0.2] * 4
    assert ask("state")["pending"] == {}


def test_two_taps_set_the_tempo_within_its_range(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([10.0, 10.5, 11.0, 20.0, 20.0, 30.0])
    monkeypatch.setattr("daemon.composer.requests.handlers.time.perf_counter", lambda: next(moments))
    assert ask("transport", action="tap")["tempo"] == 128.0
    assert ask("transport", action="tap")["tempo"] == 120.0
    assert ask("transport", action="tap")["tempo"] == 120.0
    assert ask("transport", action="tap")["tempo"] == 120.0, "one tap after a pause sets no tempo"
    assert ask("transport", action="tap")["tempo"] == 300.0
    assert ask("transport", action="tap")["tempo"] == 300.0


def test_transport_goes_to_the_stage(ask: Ask, stage: PlainStage) -> None:
    for action in ("play", "stop", "continue"):
        assert ask("transport", action=action)["state"] in {"playing", "stopped"}
    assert stage.steered == ["play", "stop", "continue"]


def test_a_reseed_tells_its_seed_and_beat(ask: Ask, stage: PlainStage) -> None:
    stage.begin()
    assert ask("reseed", seed=9) == {"seed": 9, "effective_beat": 4.0, "effective_bar": 1}
    assert ask("reseed", seed=10, at="now") == {"seed": 10, "effective_beat": 0.25, "effective_bar": 0}
    assert ask("reseed")["seed"] != ask("reseed")["seed"]


def test_next_names_the_section_and_its_beat(solo: Solo, tmp_path: Path) -> None:
    stage = PlainStage(solo, tmp_path, loud(director=True, section="break"))
    handlers = Handlers(stage)
    for _ in range(5):
        stage.begin()
    told = answer(handlers, messages.Next())
    assert (told["effective_beat"], told["effective_bar"]) == (4.0, 1)
    while stage.deck.next_tick < 16:
        assert stage.begin().composed.plan.section == "break"
    assert stage.begin().composed.plan.section == told["section"] != "break"
    assert stage.changes.state.parameters.section == "auto"


def test_without_director_there_is_no_next_section(ask: Ask) -> None:
    with pytest.raises(ControlError, match="the director is off"):
        ask("next")


def test_a_fade_is_announced_and_can_be_cancelled_before_its_bar(ask: Ask, stage: PlainStage) -> None:
    stage.begin()
    assert ask("fade", over=8) == {"effective_beat": 4.0, "effective_bar": 1, "until_beat": 12.0}
    (waits,) = ask("pending", action="list")["pending"]
    assert (waits["what"], waits["effective_beat"]) == ("fade", 4.0)
    ask("pending", action="cancel", pending_id=waits["id"])
    assert stage.changes.state.fade is None


def test_recordings(ask: Ask, stage: PlainStage, tmp_path: Path) -> None:
    assert ask("record", action="start", path="x") == {"path": str(tmp_path / "x.mid"), "recording": True}
    assert ask("state")["recording"]["path"] == str(tmp_path / "x.mid")
    with pytest.raises(ControlError) as busy:
        ask("record", action="start", path="y")
    assert busy.value.code == "unavailable"
    ask("record", action="stop")
    for path, code in (("../y", "bad_request"), ("/y", "bad_request"), ("x.mid/y", "unavailable")):
        stage.recorder.wait()
        with pytest.raises(ControlError) as refused:
            ask("record", action="start", path=path)
        assert refused.value.code == code
    with pytest.raises(ControlError) as idle:
        ask("record", action="stop")
    assert idle.value.code == "unavailable"
    assert (tmp_path / "x.mid").exists()
    assert ask("record", action="start", path="x")["path"] == str(tmp_path / "x-2.mid")
    ask("record", action="stop")


def test_models(ask: Ask, stage: PlainStage) -> None:
    assert ask("model", action="list")["models"] == [
        {"name": name, "current": False}  # the stage plays another bundle
        for name in [*bundles.names(), "pattern"]
    ]
    plays = stage.changes.state.lineup.melody.name
    named = Handlers(stage).handle(NameModels([plays]))["models"]
    assert named[0] == {"name": plays, "current": True}
    for path in ("../tiny", "/tiny", "a/b"):
        with pytest.raises(ControlError) as refused:
            ask("model", action="load", name=path)
        assert refused.value.code == "bad_request"
    assert ask("model", action="load", name="edm") == {"name": "edm"}
    assert stage.loaded == ["edm"]
    with pytest.raises(ControlError, match="no model is named none; there is: edm") as absent:
        ask("model", action="load", name="none")
    assert absent.value.code == "not_found"


def test_no_names_are_no_values(ask: Ask) -> None:
    assert ask("get", names=[]) == {"params": {}}
    assert len(ask("get")["params"]) > 10


def test_a_preset_brings_back_what_was_asked_for(ask: Callable[..., Any], stage: PlainStage) -> None:
    ask("set", params={"energy": 0.25, "lead.mute": True}, at="bar")
    assert ask("preset", action="save", name="dark")["name"] == "dark"
    ask("set", params={"energy": 0.9, "lead.mute": False})
    loaded = ask("preset", action="load", name="dark", at="bar", over=4)
    assert loaded["params"]["energy"] == 0.25
    assert loaded["params"]["lead.mute"] is True
    assert (loaded["effective_beat"], loaded["effective_bar"]) == (0.0, 0)
    assert ask("preset", action="list") == {"presets": ["dark"], "slots": {}}
    ask("preset", action="delete", name="dark")
    assert ask("preset", action="list") == {"presets": [], "slots": {}}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"action": "load", "name": "none"}, "not_found"),
        ({"action": "save", "name": "../x"}, "bad_request"),
        ({"action": "save"}, "bad_request"),
        ({"action": "drop", "name": "x"}, "bad_request"),
    ],
)
def test_presets_that_cannot_be_are_refused(
    ask: Callable[..., Any], fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(ControlError) as caught:
        ask("preset", **fields)
    assert caught.value.code == code


NOTE = {"beat": 0, "length": 1, "voice": "lead", "pitch": 72}


def test_notes_are_heard(ask: Callable[..., Any], stage: PlainStage) -> None:
    told = ask("prime", notes=[NOTE, {**NOTE, "beat": 1.5, "velocity": 100}])
    assert told == {"bars": 8}
    assert all(stage.primed[0].melody[tick][7] for tick in (0, 6))


def test_a_file_in_the_recordings_folder_is_heard(
    ask: Callable[..., Any], stage: PlainStage, tmp_path: Path
) -> None:
    take = Take(tuple(Note(1920 * bar, 480, "bass", 40, 90) for bar in range(20)), (), (), {"bass": 3})
    (tmp_path / "uploads").mkdir()
    write_midi(take, tmp_path / "uploads" / "a.mid")
    assert ask("prime", path="uploads/a.mid")["bars"] == 16


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "bad_request"),
        ({"notes": []}, "bad_request"),
        ({"notes": [NOTE], "path": "a.mid"}, "bad_request"),
        ({"notes": [{**NOTE, "pitch": 128}]}, "out_of_range"),
        ({"notes": [{**NOTE, "pitch": 60.5}]}, "wrong_type"),
        ({"notes": [{**NOTE, "voice": "choir"}]}, "bad_request"),
        ({"notes": [{**NOTE, "colour": 1}]}, "bad_request"),
        ({"notes": [{**NOTE, "beat": 1e9}]}, "out_of_range"),
        ({"notes": [NOTE], "from_bar": 1}, "bad_request"),
        ({"path": "none.mid"}, "not_found"),
        ({"path": "../../etc/passwd"}, "bad_request"),
        ({"path": "text.mid"}, "unavailable"),
    ],
)
def test_what_cannot_be_heard_is_refused(
    ask: Callable[..., Any], stage: PlainStage, tmp_path: Path, fields: dict[str, Any], code: str
) -> None:
    (tmp_path / "text.mid").write_text("no music", encoding="utf-8")
    with pytest.raises(ControlError) as caught:
        ask("prime", **fields)
    assert caught.value.code == code
    assert stage.primed == []


@pytest.mark.parametrize(("seconds", "tick"), [(0.0, 1), (0.1, 2), (0.12, 2), (0.3, 3)])
def test_a_set_is_dated_at_the_first_tick_that_can_still_change(
    ask: Ask, stage: PlainStage, seconds: float, tick: int
) -> None:
    """The music is composed ahead: the reply says when the change is heard, and get shows it at once."""
    stage.begin()
    while stage.deck.head < 20:
        run(stage.deck.compose())
    stage.feeder.moved(1, is_playing=True)
    stage.feeder.timeline = Timeline(0, 0.0, 128.0)  # a tick lasts 0.117 s
    stage.seconds = seconds
    told = ask("set", params={"transpose": 3})
    assert (told["effective_beat"], told["effective_bar"]) == (tick / 4, 0)
    assert ask("get", names=["transpose"])["params"] == {"transpose": 3}
    assert [stage.begin().parameters.transpose for _ in range(1, 20)] == [0] * (tick - 1) + [3] * (20 - tick)


# --- what waits, undo and redo ---


def test_what_waits_is_listed_until_its_beat(ask: Ask, stage: PlainStage) -> None:
    stage.begin()
    assert ask("pending", action="list") == {"pending": []}
    ask("set", params={"gate": 0.3, "swing": 0.6}, at="bar")
    ask("set", params={"transpose": 2})
    ask("reseed", seed=9, at="phrase")
    listed = ask("pending", action="list")["pending"]
    numbers = [each.pop("id") for each in listed]
    assert len({*numbers}) == 3
    assert listed == [
        {"what": "set", "params": {"gate": 0.3, "swing": 0.6}, "effective_beat": 4.0, "effective_bar": 1},
        {"what": "set", "params": {"transpose": 2}, "effective_beat": 0.25, "effective_bar": 0},
        {"what": "seed", "seed": 9, "effective_beat": 32.0, "effective_bar": 8},
    ]
    stage.begin()
    assert [each["what"] for each in ask("pending", action="list")["pending"]] == ["set", "seed"]
    while stage.deck.next_tick < 17:
        stage.begin()
    assert [each["what"] for each in ask("pending", action="list")["pending"]] == ["seed"]


def test_one_of_what_waits_is_cancelled_or_all_of_it(ask: Ask, stage: PlainStage) -> None:
    stage.begin()
    ask("set", params={"gate": 0.3}, at="bar")
    ask("set", params={"swing": 0.6}, at="bar")
    ask("reseed", seed=9)
    first, *others = [each["id"] for each in ask("pending", action="list")["pending"]]
    before = stage.changed_count
    assert ask("pending", action="cancel", pending_id=first) == {"cancelled": [first]}
    assert stage.changed_count == before + 1
    assert [each["id"] for each in ask("pending", action="list")["pending"]] == others
    with pytest.raises(ControlError, match=f"nothing that waits has the id {first}") as refused:
        ask("pending", action="cancel", pending_id=first)
    assert (refused.value.code, refused.value.param) == ("not_found", "pending_id")
    assert ask("pending", action="cancel") == {"cancelled": others}
    assert ask("pending", action="cancel") == {"cancelled": []}
    assert ask("state")["pending"] == {}
    assert ask("state")["coming"] == []
    ticks = [stage.begin() for _ in range(20)]
    assert {ticked.parameters for ticked in ticks} == {loud()}
    assert stage.deck.state(0).music.seed == 1


def test_undo_takes_back_and_redo_does_again(ask: Ask, stage: PlainStage) -> None:
    stage.begin()
    ask("set", params={"energy": 0.1})
    stage.begin()
    before = stage.changed_count
    told = ask("undo")  # energy is heard from the next bar on
    assert told == {"params": {"energy": 0.8}, "effective_beat": 4.0, "effective_bar": 1}
    assert ask("get", names=["energy"])["params"] == {"energy": 0.8}
    assert stage.begin().parameters.energy == 0.8
    told = ask("redo", at="bar")
    assert told == {"params": {"energy": 0.1}, "effective_beat": 4.0, "effective_bar": 1}
    assert stage.changed_count == before + 2
    energies = [stage.begin().parameters.energy for _ in range(3, 18)]
    assert energies == [0.8] * 13 + [0.1] * 2


@pytest.mark.parametrize("op", ["undo", "redo"])
def test_nothing_to_take_back_or_to_do_again_is_refused(ask: Ask, stage: PlainStage, op: str) -> None:
    with pytest.raises(ControlError, match=f"there is nothing to {op}") as refused:
        ask(op)
    assert refused.value.code == "not_found"
    assert stage.changed_count == 0


@pytest.mark.parametrize(
    ("request_", "code", "told"),
    [
        ({"op": "pending"}, "bad_request", 'pending needs "action"'),
        ({"op": "pending", "action": "drop"}, "bad_request", '"action"'),
        ({"op": "pending", "action": "cancel", "id_": 1}, "bad_request", "pending has no key"),
        ({"op": "pending", "action": "cancel", "pending_id": 0}, "out_of_range", '"pending_id"'),
        ({"op": "pending", "action": "cancel", "pending_id": "1"}, "wrong_type", '"pending_id"'),
        ({"op": "undo", "at": "tomorrow"}, "bad_request", '"at"'),
        ({"op": "undo", "over": 1}, "bad_request", "undo has no key"),
        ({"op": "redo", "at": 1}, "bad_request", '"at"'),
    ],
)
def test_bad_words_about_what_waits_are_refused(request_: dict[str, Any], code: str, told: str) -> None:
    with pytest.raises(ControlError, match=told) as refused:
        protocol.parse(json.dumps({"v": 1, "id": "x", **request_}).encode())
    assert (refused.value.code, refused.value.request_id) == (code, "x")


@pytest.mark.parametrize(
    ("request_", "op"),
    [
        ({"op": "pending", "action": "list"}, messages.Pending("list")),
        ({"op": "pending", "action": "cancel", "pending_id": 3}, messages.Pending("cancel", 3)),
        ({"op": "undo", "at": "phrase"}, messages.Undo("phrase")),
        ({"op": "redo"}, messages.Redo()),
    ],
)
def test_words_about_what_waits_are_understood(request_: dict[str, Any], op: messages.Op) -> None:
    assert protocol.parse(json.dumps({"v": 1, **request_}).encode()).op == op
