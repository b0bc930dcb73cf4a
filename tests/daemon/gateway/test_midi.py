"""The MIDI surface: requests of controllers, lights, learning, loops; with bytes, before any port."""

import time
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from daemon.control import messages
from daemon.control.actions import ACTIONS
from daemon.control.messages import ControlError, Learn
from daemon.gateway.midi import MidiControl
from daemon.gateway.surface import Outcome, Reply
from daemon.link.channel import Channel
from daemon.link.gateway import SUSTAINED, Inner, PlayedNotes
from daemon.link.inputs import CONTROL_PORT, FromInputToGateway, InputPorts, MidiIn, MidiOut
from daemon.mapping.bindings import Binding, read_map
from daemon.mapping.controls import Control
from daemon.mapping.mapfile import read_boxes, read_text
from daemon.mapping.settings import MapSettings
from daemon.parameters import Parameters
from tests.daemon.handlers import Daemon, serving

STATE: Final[dict[str, Any]] = {"params": Parameters().to_names(), "transport": {"state": "playing"}}
NANO: Final = "nanoKONTROL2"


class Stand:
    """A surface, what it asks for, sends, publishes and saves, and its answers."""

    def __init__(self, *bindings: Binding, ready: tuple[Binding, ...] = ()) -> None:
        self.asked: list[messages.Op | Inner] = []
        self.played: list[PlayedNotes] = []
        self.out: list[MidiOut] = []
        self.published: list[dict[str, Any]] = []
        self.saved: list[str] = []
        self.answers: dict[type, Outcome] = {}
        self.surface = MidiControl(
            MapSettings(ready, bindings),
            self.out.append,
            lambda topic, body: self.published.append({"topic": topic, **body}),
            self.saved.append,
        )
        self.state()

    def state(self, **params: Any) -> None:
        self.surface.publish("state", {**STATE, "params": {**STATE["params"], **params}})

    def send(self, *data: int, port: str = CONTROL_PORT) -> None:
        self.surface.midi(MidiIn(port, ((time.perf_counter(), bytes(data)),)))

    def lose(self) -> None:
        """Say that messages have been dropped on the way."""
        self.surface.midi(MidiIn(CONTROL_PORT, (), has_lost=True))

    def turn(self, later: float = 1.0) -> list[messages.Op | Inner]:
        """Return what was asked for."""
        self.asked = []
        self.surface.turn(self._ask, time.monotonic() + later)
        return self.asked

    def learn(self, op: Learn) -> Any:
        outcomes: list[Outcome] = []
        self.surface.learn(op, outcomes.append)
        (outcome,) = outcomes
        if isinstance(outcome, ControlError):
            raise outcome
        return outcome

    def _ask(self, op: messages.Op | Inner, surface: str, client: object, reply: Reply, deck: str) -> None:
        if isinstance(op, PlayedNotes):
            self.played.append(op)
        else:
            self.asked.append(op)
        reply(self.answers.get(type(op), {}))


def binding(target: str, kind: Any, number: int | None, **more: Any) -> Binding:
    return Binding(target, Control(kind, number), **more)


def test_a_moving_knob_is_one_request_with_its_latest_value() -> None:
    stand = Stand(binding("energy", "cc", 1, pickup=False), binding("tempo", "cc", 2, pickup=False))
    for step in range(128):
        stand.send(0xB0, 1, step)
        stand.send(0xB0, 2, step)
    assert stand.turn() == [messages.Set({"energy": 1.0, "tempo": 300.0})]
    assert stand.turn() == []


def test_keys_and_programs_ask_for_operations_in_their_order() -> None:
    stand = Stand(binding("tap", "note", 1), binding("play", "note", 2), binding("preset", "program", None))
    stand.answers[messages.Preset] = {"presets": ["a", "b"], "slots": {}}
    stand.send(0x90, 1, 9)
    stand.send(0x90, 2, 9)
    stand.send(0xC0, 1)
    assert stand.turn() == [
        messages.Transport("tap"),
        messages.Transport("play"),
        messages.Preset("list"),
        messages.Preset("load", "b"),
    ]


ACTS: Final[list[tuple[str, tuple[int, ...], messages.Op]]] = [
    ("play = {note = 1}", (0x90, 1, 9), messages.Transport("play")),
    ("stop = {note = 1}", (0x90, 1, 9), messages.Transport("stop")),
    ("continue = {cc = 43}", (0xB0, 43, 127), messages.Transport("continue")),
    ("panic = {note = 1}", (0x90, 1, 9), messages.Transport("panic")),
    ("tap = {note = 1}", (0x99, 1, 9), messages.Transport("tap")),
    ("count_in = {note = 1}", (0x90, 1, 9), messages.Transport("play", 1)),
    ("count_in = {note = 1, value = 2}", (0x90, 1, 9), messages.Transport("play", 2)),
    ("call = {note = 1}", (0x90, 1, 9), messages.Listen("call", 2)),
    ("call = {note = 1, value = 4}", (0x90, 1, 9), messages.Listen("call", 4)),
    ("answer = {note = 1}", (0x90, 1, 9), messages.Listen("answer")),
    ("harmony = {note = 1}", (0x90, 1, 9), messages.Listen("harmony")),
    ("accompany = {note = 1}", (0x90, 1, 9), messages.Listen("accompany")),
    ("listen_off = {note = 1}", (0x90, 1, 9), messages.Listen("off")),
    ("next = {note = 1}", (0x90, 1, 9), messages.Next()),
    ("fade = {cc = 41}", (0xB0, 41, 127), messages.Fade(16.0)),
    ("fade = {note = 1, value = 32}", (0x90, 1, 9), messages.Fade(32)),
    ("capture = {note = 1}", (0x90, 1, 9), messages.Capture(8)),
    ("capture = {note = 1, value = 4}", (0x90, 1, 9), messages.Capture(4)),
    ('preset = {note = 1, value = "peak"}', (0x90, 1, 9), messages.Preset("load", "peak")),
    ("preset = {note = 1, value = 3}", (0x90, 1, 9), messages.Preset("load", "c")),
    ('preset_save = {note = 1, value = "peak"}', (0x90, 1, 9), messages.Preset("save", "peak")),
    ('scene = {program = "any"}', (0xC3, 2), messages.Scene("load", slot=3)),
    ("scene = {note = 36}", (0x90, 36, 9), messages.Scene("load", slot=37)),
    ("scene = {note = 36, value = 1}", (0x90, 36, 9), messages.Scene("load", slot=1)),
    ('scene = {note = 36, value = "opening"}', (0x90, 36, 9), messages.Scene("load", "opening")),
    ('scene_save = {note = 1, value = "opening"}', (0x90, 1, 9), messages.Scene("save", "opening")),
    ("scene_next = {note = 1}", (0x90, 1, 9), messages.Scene("next")),
    ("reseed = {note = 1}", (0x90, 1, 9), messages.Reseed()),
    ("reseed = {note = 1, value = 7}", (0x90, 1, 9), messages.Reseed(7)),
    ("undo = {note = 1}", (0x90, 1, 9), messages.Undo()),
    ("redo = {note = 1}", (0x90, 1, 9), messages.Redo()),
]


@pytest.mark.parametrize(("toml", "data", "op"), ACTS)
def test_bytes_ask_for_an_action(toml: str, data: tuple[int, ...], op: messages.Op) -> None:
    stand = Stand(*read_map(tomllib.loads(toml), "test"))
    stand.answers[messages.Preset] = {"presets": ["a", "b"], "slots": {"3": "c"}}
    stand.send(*data)
    assert [each for each in stand.turn() if each != messages.Preset("list")] == [op]
    stand.send(*data[:-1], 0)
    assert len(data) == 2 or stand.turn() == [], "letting go does nothing"


def test_every_action_has_its_bytes_here() -> None:
    assert {toml.partition(" ")[0] for toml, _, _ in ACTS} == ACTIONS.keys()


def test_a_key_loops_while_it_is_held() -> None:
    stand = Stand(*read_map({"loop": {"note": 46, "value": "4", "hold": True}}, "test"))
    stand.send(0x90, 46, 100)
    assert stand.turn() == [messages.Set({"loop": "4"})]
    stand.send(0x80, 46, 0)
    assert stand.turn(later=2.0) == [messages.Set({"loop": "off"})]


def test_a_program_chooses_the_preset_of_its_slot() -> None:
    stand = Stand(binding("preset", "program", None))
    stand.answers[messages.Preset] = {"presets": ["a", "b"], "slots": {"2": "a"}}
    stand.send(0xC0, 1)
    assert stand.turn() == [messages.Preset("list"), messages.Preset("load", "a")]


def test_a_panic_of_all_channels_is_one_and_its_own_messages_start_no_other() -> None:
    stand = Stand()
    for channel in range(16):
        stand.send(0xB0 | channel, 120, 0)
        stand.send(0xB0 | channel, 123, 0)
    assert stand.turn() == [messages.Transport("panic")]
    stand.send(0xB0, 123, 0)
    assert stand.turn() == []
    assert stand.turn() == []


def test_a_refused_operation_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    stand = Stand(binding("preset", "note", 1, value="gone"), binding("preset", "program", None))
    stand.answers[messages.Preset] = ControlError("not_found", "no preset is named gone")
    stand.send(0x90, 1, 9)
    stand.turn()
    assert "a controller's press did nothing: no preset is named gone" in caplog.text
    stand.answers[messages.Preset] = {"presets": [], "slots": {}}
    stand.send(0xC0, 4)
    stand.turn()
    assert "a controller chose preset 5, but there are 0 presets" in caplog.text


def test_controllers_that_come_are_shown_all_values_and_then_each_change() -> None:
    stand = Stand(ready=tuple(read_boxes(["nanokontrol2", "launch-control-xl"])))
    stand.turn()
    assert stand.out == []
    stand.surface.ports({CONTROL_PORT: "open", NANO: "open to nanoKONTROL2 SLIDER/KNOB"})
    for _ in range(4):
        stand.turn()
    shown = {each.message for each in stand.out}
    assert {each.port for each in stand.out} == {NANO}
    assert {b"\xb0\x00\x40", b"\xb0\x30\x00", b"\xb0\x27\x7f"} <= shown, "energy, no mute, the director"
    stand.out.clear()
    stand.state(**{"lead.mute": True, "energy": 1.0})
    stand.turn()
    assert {each.message for each in stand.out} == {b"\xb0\x30\x7f", b"\xb0\x00\x7f"}
    stand.surface.ports({CONTROL_PORT: "open", NANO: "absent"})
    stand.out.clear()
    stand.state()
    stand.turn()
    assert stand.out == []


def test_a_motor_does_not_pull_while_a_hand_moves_its_fader() -> None:
    stand = Stand(binding("energy", "cc", 1, pickup=False), binding("energy", "cc", 2))
    stand.surface.ports({CONTROL_PORT: "open"})
    stand.turn()
    stand.out.clear()
    stand.send(0xB0, 1, 127)
    stand.state(energy=1.0)
    stand.turn()
    assert [each.message for each in stand.out] == [b"\xb0\x02\x7f"], "the other fader follows at once"
    time.sleep(0.35)
    stand.turn()
    assert [each.message for each in stand.out][1:] == [b"\xb0\x01\x7f"]


def test_what_is_shown_and_comes_back_is_ignored_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    stand = Stand(binding("energy", "cc", 1, pickup=False))
    stand.surface.ports({CONTROL_PORT: "open"})
    stand.turn()
    for value in (0.25, 0.75):
        stand.state(energy=value)
        stand.out.clear()
        stand.turn()
        stand.send(*stand.out[0].message)
    assert stand.turn() == []
    assert [record.message for record in caplog.records] == [
        "an output of edmd is connected to its input edmd control; what comes back is ignored"
    ]


def test_notes_of_the_music_that_come_back_trigger_nothing_for_long() -> None:
    stand = Stand(binding("tap", "note", 40))
    for _ in range(2):
        stand.send(0x92, 41, 90)
        note = {"type": "on", "channel": 3, "pitch": 41, "velocity": 90}
        stand.surface.publish("note", note)
    stand.send(0x92, 40, 90)
    assert stand.turn() == []


def test_learning_tells_what_it_hears_and_binds_saves_and_publishes() -> None:
    stand = Stand(binding("density", "cc", 20))
    assert stand.learn(Learn("start", "energy"))["learning"] == "energy"
    for step in range(40, 47):
        stand.send(0xB0, 20, step)
    states = [each["state"] for each in stand.published]
    assert (states[0], states[-1]) == ("listening", "bound")
    assert "heard" in states
    bound = stand.published[-1]
    assert (bound["param"], bound["control"]) == ("energy", "cc 20 ch 1 port edmd control")
    assert bound["instead_of"] == ["density"]
    assert [each.target for each in read_text(stand.saved[-1]).bindings] == ["energy"]
    assert stand.turn() == [], "what is learned from changes nothing"
    stand.send(0xB0, 20, 64)
    assert stand.turn() == [messages.Set({"energy": 64 / 127})]
    listed = stand.learn(Learn("list"))["bindings"]
    assert [(each["param"], each["origin"]) for each in listed] == [("energy", "learned")]
    assert stand.learn(Learn("unassign", "energy"))["unassigned"][0]["param"] == "energy"
    stand.send(0xB0, 20, 65)
    assert messages.Set({"density": pytest.approx(65 / 127)}) in stand.turn(later=2.0), (
        "what it had hidden is back"
    )


def test_what_a_ready_map_binds_can_be_unassigned_too() -> None:
    stand = Stand(ready=tuple(read_boxes(["nanokontrol2"])))
    assert stand.learn(Learn("unassign", control="cc 0"))["unassigned"][0]["param"] == "energy"
    assert "energy" not in {each["param"] for each in stand.learn(Learn("list"))["bindings"]}
    assert read_text(stand.saved[-1]).unassigned == (Control("cc", 0, None, NANO),)
    stand.learn(Learn("start", "energy"))
    for step in range(10):
        stand.send(0xB0, 0, step, port=NANO)
    assert read_text(stand.saved[-1]).unassigned == (), "it was learned anew"


def test_learning_ends_by_cancel_and_by_time() -> None:
    stand = Stand(binding("energy", "cc", 1, pickup=False))
    stand.learn(Learn("start", "tempo"))
    assert stand.learn(Learn("cancel"))["learning"] is None
    stand.send(0xB0, 1, 127)
    assert stand.turn() == [messages.Set({"energy": 1.0})]
    stand.learn(Learn("start", "tempo"))
    learning = stand.surface._learning
    assert 29 < learning.turn(time.perf_counter()) <= 30
    learning.turn(time.perf_counter() + 31)
    assert [each["state"] for each in stand.published] == ["listening", "cancelled", "listening", "timed out"]


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (Learn("start", "temp"), "unknown_parameter"),
        (Learn("start", "scene_save"), "bad_request"),
        (Learn("unassign", "energy"), "not_found"),
        (Learn("unassign", control="knob 3"), "bad_request"),
    ],
)
def test_wrong_requests_are_refused(op: Learn, code: str) -> None:
    with pytest.raises(ControlError) as refused:
        Stand().learn(op)
    assert refused.value.code == code


def test_a_learned_map_is_written_and_a_gateway_begins_with_it(tmp_path: Path) -> None:
    path = tmp_path / "made" / "controls.toml"
    path.parent.mkdir()
    path.write_text("version = 1\n[map]\ntempo = {cc = 20, channel = 1}\n")
    with serving(tmp_path, maps=MapSettings(path=path)) as daemon:
        assert bindings(daemon) == [{"param": "tempo", "control": "cc 20 ch 1", "origin": "learned"}]
        request(daemon, op="learn", action="unassign", param="tempo")
        deadline = time.monotonic() + 10
        while "cc = 20" in path.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert read_text(path.read_text()).bindings == ()


def bindings(daemon: Daemon) -> Any:
    return request(daemon, op="learn", action="list")["bindings"]


def request(daemon: Daemon, op: str, **fields: Any) -> Any:
    from daemon.client import Client

    with Client(daemon.control) as client:
        return client.request(op, **fields)


def test_bytes_on_the_link_of_the_input_role_reach_the_composer_and_lights_come_back(tmp_path: Path) -> None:
    maps = MapSettings(configured=(binding("energy", "cc", 20, pickup=False),))
    with serving(tmp_path, maps=maps) as daemon:
        link = Channel[MidiOut, FromInputToGateway](daemon.supervisor.attach("input"), MidiOut, "input")
        link.send(InputPorts({CONTROL_PORT: "open"}))
        daemon.telemetry.publish("state", STATE)
        for step in range(128):
            link.send(MidiIn(CONTROL_PORT, ((time.perf_counter(), bytes((0xB0, 20, step))),)))
        shown: list[MidiOut] = []
        deadline = time.monotonic() + 10
        while messages.Set({"energy": 1.0}) not in daemon.handlers.asked or not shown:
            assert time.monotonic() < deadline, daemon.handlers.asked
            link.poll(0.01)
            shown += link.receive()
        assert MidiOut(CONTROL_PORT, b"\xb0\x14\x40") in shown
        link.close()
        assert request(daemon, op="learn", action="list")["bindings"], "it goes on without the role"


def played(stand: Stand) -> list[PlayedNotes]:
    stand.played = []
    stand.turn()
    return stand.played


def test_notes_that_no_mapping_uses_are_music() -> None:
    stand = Stand(binding("tap", "note", 36), binding("lead.mute", "note", 37, hold=True))
    for data in ((0x90, 60, 80), (0x90, 36, 9), (0x90, 37, 9), (0x80, 36, 0), (0x90, 60, 0), (0x99, 61, 9)):
        stand.send(*data)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes] == [(60, 80), (60, 0)], (
        "keys that are bound, and pads, are no music"
    )
    assert op.notes[0][0] == pytest.approx(time.perf_counter(), abs=5)
    assert not op.all_off
    assert played(stand) == []


def test_the_sustain_pedal_holds_keys_that_are_let_go() -> None:
    stand = Stand()
    for data in (
        (0x90, 60, 80),
        (0x90, 64, 80),
        (0xB0, 64, 127),
        (0x80, 60, 0),
        (0x80, 64, 0),
        (0x90, 64, 70),
    ):
        stand.send(*data)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes] == [(60, 80), (64, 80), (60, SUSTAINED), (64, SUSTAINED), (64, 70)]
    stand.send(0xB0, 64, 63)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes] == [(60, 0)], "the other key is held by a finger"
    stand.send(0x80, 64, 0)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes] == [(64, 0)]


@pytest.mark.parametrize("pedal", [(0xB9, 64, 127), (0xB1, 64, 127)])
def test_the_pedal_of_another_channel_or_of_pads_holds_nothing(pedal: tuple[int, int, int]) -> None:
    stand = Stand()
    for data in (pedal, (0x90, 60, 80), (0x80, 60, 0)):
        stand.send(*data)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes] == [(60, 80), (60, 0)]


def test_a_reset_of_controllers_lifts_the_pedal() -> None:
    stand = Stand()
    for data in ((0xB0, 64, 127), (0x90, 60, 80), (0x80, 60, 0), (0xB0, 121, 0)):
        stand.send(*data)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes] == [(60, 80), (60, SUSTAINED), (60, 0)]


def test_a_pedal_that_goes_up_unheard_holds_nothing() -> None:
    stand = Stand()
    stand.send(0xB0, 64, 127)
    stand.lose()
    stand.send(0x90, 60, 80)
    stand.send(0x80, 60, 0)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes] == [(60, 80), (60, 0)]


def test_a_pedal_that_a_mapping_uses_is_no_pedal() -> None:
    stand = Stand(binding("tap", "cc", 64))
    for data in ((0xB0, 64, 127), (0x90, 60, 80), (0x80, 60, 0)):
        stand.send(*data)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes] == [(60, 80), (60, 0)]


def test_a_note_that_is_being_learned_is_no_music() -> None:
    stand = Stand()
    stand.learn(Learn("start", "tap"))
    stand.send(0x90, 60, 80)
    stand.send(0x80, 60, 0)
    stand.send(0x90, 61, 80)
    assert [[note[1] for note in op.notes] for op in played(stand)] == [[61]]


def test_what_comes_back_from_an_own_output_is_no_music() -> None:
    stand = Stand()
    for _ in range(3):
        stand.send(0x92, 40, 77)
        stand.surface.publish("note", {"type": "on", "channel": 3, "pitch": 40, "velocity": 77})
    played(stand)
    stand.send(0x92, 41, 77)
    assert played(stand) == []


@pytest.mark.parametrize("number", [120, 123])
def test_all_notes_off_and_a_port_that_vanishes_end_what_is_held(number: int) -> None:
    stand = Stand()
    stand.surface.ports({CONTROL_PORT: "open", "keys": "open to keys 1"})
    stand.send(0x90, 60, 80)
    played(stand)
    stand.send(0xB0, number, 0)
    stand.send(0x90, 62, 80)
    (op,) = played(stand)
    assert ([note[1] for note in op.notes], op.all_off) == ([62], True)
    stand.surface.ports({CONTROL_PORT: "open", "keys": "absent"})
    assert played(stand) == [PlayedNotes((), all_off=True)]
    stand.surface.ports({CONTROL_PORT: "open", "keys": "open to keys 1"})
    assert played(stand) == []


def test_a_flood_of_notes_is_bounded() -> None:
    stand = Stand()
    for number in range(5000):
        stand.send(0x90, number % 128, 80)
    (op,) = played(stand)
    assert len(op.notes) <= 64


def test_no_flood_drops_the_end_of_a_held_note() -> None:
    stand = Stand()
    stand.send(0x90, 60, 80)
    played(stand)
    for number in range(1000):
        stand.send(0x80, 61 + number % 60, 0)
        stand.send(0x90, 61 + number % 60, 80)
    stand.send(0x80, 60, 0)
    (op,) = played(stand)
    assert [note[1:] for note in op.notes if note[1] == 60] == [(60, 0)]
    assert len(op.notes) < 200


def test_what_was_lost_on_the_way_ends_what_is_held_once() -> None:
    stand = Stand()
    stand.send(0x90, 60, 80)
    played(stand)
    stand.lose()
    stand.send(0x90, 62, 80)
    (op,) = played(stand)
    assert ([note[1] for note in op.notes], op.all_off) == ([62], True)
    stand.send(0x80, 62, 0)
    stand.lose()
    (op,) = played(stand)
    assert ([note[1:] for note in op.notes], op.all_off) == ([(62, 0)], False), "nothing was held any more"


def test_ends_that_the_composer_did_not_get_end_what_is_held() -> None:
    stand = Stand()
    stand.send(0x90, 60, 80)
    played(stand)
    stand.answers[PlayedNotes] = ControlError("unavailable", "too many requests are waiting")
    stand.send(0x80, 60, 0)
    played(stand)
    del stand.answers[PlayedNotes]
    assert played(stand) == [PlayedNotes((), all_off=True)]
    assert played(stand) == []


def test_a_held_note_may_end_while_something_is_learned() -> None:
    stand = Stand()
    stand.send(0x90, 60, 80)
    played(stand)
    stand.learn(Learn("start", "tap"))
    stand.send(0x80, 60, 0)
    assert [[note[1:] for note in op.notes] for op in played(stand)] == [[(60, 0)]]
