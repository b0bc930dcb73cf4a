"""What the handlers do with each op, on a real composition."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.automation import Automation
from daemon.composer.handlers import Handlers, Reply
from daemon.composer.recorder import Recorder
from daemon.control import protocol
from daemon.control.messages import ControlError
from daemon.music.composition import Composition
from daemon.music.engine import Engine
from daemon.workers.jobs import Heard, Verified
from exporters.midi import write_midi
from models.notes import Note
from models.take import Take
from tests.daemon.handlers import answer
from tests.daemon.playback import engine_of, loud
from tests.training import tiny


class PlainStage:
    """A stage without a player: it records the calls it gets."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.composition = Composition(engine, Automation(loud()))
        self.recorder = Recorder(folder)
        self.preset_changes = 0
        self.primed: list[Heard] = []
        self.steered: list[str] = []
        self.loaded: list[str] = []
        self.changes = 0

    def steer(self, action: str) -> str:
        self.steered.append(action)
        return "stopped" if action == "stop" else "playing"

    def transport(self) -> dict[str, Any]:
        return {"state": "playing"}

    def report(self) -> dict[str, Any]:
        return {"ports": {}}

    def swap(self, bundle: Verified) -> Reply:
        self.loaded.append(bundle.name)
        return {"name": bundle.name}

    def hear(self, music: Heard) -> Reply:
        self.primed.append(music)
        return {"bars": len(music.melody) // 16}

    def model_name(self) -> str:
        return "edm"

    def changed(self) -> None:
        self.changes += 1


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine_of(tiny.write(tmp_path_factory.mktemp("models") / "tiny"), 1)


@pytest.fixture
def stage(engine: Engine, tmp_path: Path) -> PlainStage:
    engine.begin(1, 0)
    return PlainStage(engine, tmp_path)


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
    for tick in range(5):
        stage.composition.want(tick)
    assert ask("set", params={"tempo": 99, "transpose": 3}) == {
        "params": {"tempo": 99.0, "transpose": 3},
        "effective_beat": 1.25,
        "effective_bar": 0,
    }
    assert ask("get", names=["tempo", "transpose"])["params"] == {"tempo": 99.0, "transpose": 3}
    assert stage.composition.automation.current.tempo == 128.0
    assert stage.composition.want(5).parameters.tempo == 99.0
    assert stage.changes == 1


def test_a_bad_set_changes_nothing(ask: Ask, stage: PlainStage) -> None:
    with pytest.raises(ControlError):
        ask("set", params={"tempo": 99, "energy": 7})
    assert ask("get", names=["tempo"])["params"] == {"tempo": 128.0}
    assert stage.changes == 0


def test_a_ramp_at_a_phrase_is_pending_and_begins_anew_with_play(ask: Ask, stage: PlainStage) -> None:
    stage.composition.want(0)
    assert ask("set", params={"energy": 0.2}, at="phrase", over=4)["effective_beat"] == 32.0
    pending = ask("state")["pending"]["energy"]
    assert (pending["target"], pending["from_beat"], pending["until_beat"]) == (0.2, 32.0, 36.0)
    stage.composition.begin()
    energies = [stage.composition.want(tick).parameters.energy for tick in range(20)]
    assert energies[0] == 0.8
    assert energies == sorted(energies, reverse=True)
    assert energies[16:] == [0.2] * 4
    assert ask("state")["pending"] == {}


def test_two_taps_set_the_tempo_within_its_range(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([10.0, 10.5, 11.0, 20.0, 20.0, 30.0])
    monkeypatch.setattr("daemon.composer.handlers.time.perf_counter", lambda: next(moments))
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
    stage.composition.want(0)
    assert ask("reseed", seed=9) == {"seed": 9, "effective_beat": 4.0, "effective_bar": 1}
    assert ask("reseed", seed=10, at="now") == {"seed": 10, "effective_beat": 0.25, "effective_bar": 0}
    assert ask("reseed")["seed"] != ask("reseed")["seed"]


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
    assert ask("model", action="list")["models"] == [{"name": "edm", "current": True}]
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
    assert ask("preset", action="list") == {"presets": ["dark"]}
    ask("preset", action="delete", name="dark")
    assert ask("preset", action="list") == {"presets": []}


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
