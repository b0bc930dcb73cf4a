"""Bytes of controllers, and what they change: pick-up, 14 bits, NRPN, encoders, keys, programs, mode messages."""

import re
import tomllib
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mapping.bindings import Binding, read_map
from daemon.mapping.controls import Control, Move, read_control
from daemon.mapping.echo import echo
from daemon.mapping.engine import Act, Change, Engine
from daemon.parameters import SPECS, Parameters, Value, check

DEFAULTS: Final = Parameters().to_names()


class Desk:
    """An engine whose changes become values at once, as with a daemon that answers."""

    def __init__(self, toml: str) -> None:
        self.engine = Engine(read_map(tomllib.loads(toml), "test"))
        self.values: dict[str, Value] = dict(DEFAULTS)
        self.now = 0.0

    def send(self, *data: int, port: str = "p") -> list[Any]:
        """Return what a message changes: values by name, and acts."""
        self.now += 0.01
        wishes = [
            wish
            for moved in self.engine.read(port, bytes(data))
            for wish in self.engine.feed(moved, self.now, self.values)
        ]
        self.values |= {wish.name: wish.value for wish in wishes if isinstance(wish, Change)}
        return [wish.value if isinstance(wish, Change) else wish for wish in wishes]


def test_a_knob_reaches_both_ends_of_its_parameter_or_of_its_range() -> None:
    desk = Desk("tempo = {cc = 20, pickup = false}\nenergy = {cc = 21, range = [1.0, 0.5], pickup = false}")
    assert desk.send(0xB0, 20, 0) == [20.0]
    assert desk.send(0xB5, 20, 127) == [300.0], "without a channel it is any channel"
    assert desk.send(0xB0, 21, 0) == [1.0]
    assert desk.send(0xB0, 21, 127) == [0.5]
    assert desk.send(0xB0, 22, 127) == []


def test_channel_and_port_choose() -> None:
    desk = Desk('tempo = {cc = 20, channel = 3, port = "nano", pickup = false}')
    assert desk.send(0xB2, 20, 0, port="nanoKONTROL2:nanoKONTROL2 CTRL 20:0") == [20.0]
    assert desk.send(0xB1, 20, 0, port="nanoKONTROL2") == []
    assert desk.send(0xB2, 20, 0, port="MPK") == []


def test_pick_up_waits_until_the_knob_meets_the_value() -> None:
    desk = Desk("energy = {cc = 1}")
    desk.values["energy"] = 0.5
    assert desk.send(0xB0, 1, 0) == []
    assert desk.send(0xB0, 1, 40) == []
    assert desk.send(0xB0, 1, 70) == [pytest.approx(70 / 127)], "it has passed the value"
    assert desk.send(0xB0, 1, 127) == [1.0], "and keeps it, however fast it moves"
    desk.now += 5
    desk.values["energy"] = 0.25  # somebody else
    assert desk.send(0xB0, 1, 126) == []
    assert desk.send(0xB0, 1, 33) == [pytest.approx(33 / 127)]


def test_what_was_just_sent_counts_as_the_value_until_the_daemon_tells_its_own() -> None:
    desk = Desk("energy = {cc = 1}")
    desk.send(0xB0, 1, 0)
    stale = dict(desk.values)
    for step in range(60, 128):
        desk.send(0xB0, 1, step)
        desk.values = dict(stale)  # the daemon's values come later
    assert desk.send(0xB0, 1, 127) == [1.0]


def test_a_reset_of_controllers_forgets_what_was_picked_up() -> None:
    desk = Desk("energy = {cc = 1}")
    desk.send(0xB0, 1, 64)
    assert desk.send(0xB0, 1, 100)
    desk.values["energy"] = 0.1
    desk.now += 5
    assert desk.send(0xB0, 121, 0) == []
    assert desk.send(0xB0, 1, 90) == []


def test_fourteen_bits_come_in_two_halves() -> None:
    desk = Desk("tempo = {cc14 = 7, pickup = false}")
    assert desk.send(0xB0, 7, 64) == [pytest.approx(20 + 280 * 8192 / 16383)]
    assert desk.send(0xB0, 39, 1) == [pytest.approx(20 + 280 * 8193 / 16383)]
    assert desk.send(0xB0, 39, 2) == [pytest.approx(20 + 280 * 8194 / 16383)]
    assert desk.send(0xB1, 39, 2) == [], "a fine half without a coarse one"
    desk.send(0xB0, 7, 127)
    assert desk.send(0xB0, 39, 127) == [300.0]


def test_an_nrpn_is_selected_then_set() -> None:
    desk = Desk("tempo = {nrpn = 300, pickup = false}")
    assert desk.send(0xB0, 99, 2) == desk.send(0xB0, 98, 44) == []
    assert desk.send(0xB0, 6, 0) == [20.0]
    assert desk.send(0xB0, 38, 127) == [pytest.approx(20 + 280 * 127 / 16383)]
    assert desk.send(0xB0, 6, 127) == [300.0]
    desk.send(0xB0, 98, 45)
    assert desk.send(0xB0, 6, 0) == [], "another one is selected"
    desk.send(0xB0, 99, 127)
    desk.send(0xB0, 98, 127)
    assert desk.send(0xB0, 6, 0) == [], "none is"


@pytest.mark.parametrize(
    ("encoding", "up", "down", "up_3"), [("twos", 1, 127, 3), ("offset", 65, 63, 67), ("sign", 1, 65, 3)]
)
def test_encoders_turn_from_the_present_value(encoding: str, up: int, down: int, up_3: int) -> None:
    desk = Desk(
        f'energy = {{cc = 1, relative = "{encoding}"}}\nlead.octave = {{cc = 2, relative = "{encoding}"}}'
    )
    assert desk.send(0xB0, 1, up) == [pytest.approx(0.5 + 1 / 127)]
    assert desk.send(0xB0, 1, up_3) == [pytest.approx(0.5 + 4 / 127)]
    assert desk.send(0xB0, 1, down) == [pytest.approx(0.5 + 3 / 127)]
    assert desk.send(0xB0, 2, up) == [1], "of few values a step is one"
    for _ in range(5):
        desk.send(0xB0, 2, down)
    assert desk.values["lead.octave"] == -3


def test_keys_toggle_step_and_set() -> None:
    desk = Desk(
        "lead.mute = {note = 36}\nbass.mute = {note = 37, hold = true}\nhook = {note = 38}\n"
        'section = [{note = 40, value = "drop"}, {note = 41, value = "break", hold = true}]\ndirector = {cc = 50}'
    )
    assert desk.send(0x90, 36, 100) == [True]
    assert desk.send(0x80, 36, 0) == []
    assert desk.send(0x90, 36, 1) == [False]
    assert (desk.send(0x90, 37, 9), desk.send(0x90, 37, 0)) == ([True], [False])
    assert desk.send(0x90, 38, 9) == ["keep"]
    assert (desk.send(0x90, 38, 0), desk.send(0x90, 38, 9)) == ([], ["recall"])
    assert desk.send(0x90, 40, 9) == ["drop"]
    assert (desk.send(0x90, 41, 9), desk.send(0x80, 41, 0)) == (["break"], ["drop"])
    assert (desk.send(0xB0, 50, 127), desk.send(0xB0, 50, 127)) == ([False], [])
    assert (desk.send(0xB0, 50, 0), desk.send(0xB0, 50, 127)) == ([], [True])


def test_programs_keys_and_buttons_act() -> None:
    desk = Desk(
        'preset = [{program = "any"}, {note = 1, value = "peak"}]\ntap = {note = 2}\npanic = {cc = 9}'
    )
    assert desk.send(0xC0, 4) == [Act("preset", 5)]
    assert desk.send(0xC0, 4) == [Act("preset", 5)]
    assert desk.send(0x90, 1, 1) == [Act("preset", "peak")]
    assert [desk.send(0x90, 2, 1), desk.send(0x90, 2, 0), desk.send(0x99, 2, 1)] == [
        [Act("tap")],
        [],
        [Act("tap")],
    ]
    assert (desk.send(0xB0, 9, 127), desk.send(0xB0, 9, 0)) == ([Act("panic")], [])


def test_a_wheel_bends() -> None:
    desk = Desk("energy = {bend = true, pickup = false}")
    assert desk.send(0xE0, 0x7F, 0x7F) == [1.0]
    assert desk.send(0xE0, 0, 0) == [0.0]
    assert desk.send(0xE0, 0, 0x40) == [pytest.approx(0.5, abs=1e-4)]


def test_mode_messages_are_obeyed_and_can_not_be_bound() -> None:
    desk = Desk("bass.mute = {note = 37, hold = true}")
    assert desk.send(0xB0, 120, 0) == desk.send(0xB4, 123, 0) == [Act("panic")]
    with pytest.raises(ValueError, match="cc is 0 to 119"):
        Desk("tempo = {cc = 123}")


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("temp = {cc = 1}", "no parameter and no action; did you mean tempo?"),
        ("tempo = {cc = 1, note = 2}", "needs exactly one of"),
        ("tempo = 20", "is bound by a table such as"),
        ("tempo = {cc = 1, channel = 0}", "channel is 1 to 16"),
        ("tempo = {cc = 1, range = [0, 100]}", "tempo: range: tempo is 20 to 300 BPM"),
        ("lead.mute = {cc = 1, range = [0, 1]}", "is no number"),
        ('section = {note = 1, value = "chorus"}', "section: value:"),
        ('tempo = {cc = 1, curve = "round"}', "curve is one of linear, exp, log"),
        ("tempo = {cc = 1, color = 3}", '"color" is none of'),
        ("scene_save = {note = 1}", "scene_save needs a value: a name"),
        ("next = {note = 1, value = 3}", "next takes no value 3"),
        ("capture = {note = 1, value = 65}", "capture: value:"),
        ("scene = {note = 1, value = 0}", "scene: value:"),
        ("scene_nxt = {note = 1}", "did you mean scene_next?"),
        ("tempo = {cc = 1, lights = [1]}", "lights are two numbers"),
    ],
)
def test_wrong_maps_are_sentences(toml: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Desk(toml)


@pytest.mark.parametrize("name", [*SPECS])
def test_every_parameter_is_reached_by_a_cc_and_shown_by_one(name: str) -> None:
    control = Control("cc", 20, 1)
    binding = Binding(name, control, pickup=False, hold=True)
    engine = Engine([binding])
    values: dict[str, Value] = dict(DEFAULTS)
    for position in (0, 127):
        (move,) = [
            m
            for m in engine.read("p", bytes((0xB0, 20, position)))
            if isinstance(m, Move) and m.control.kind == "cc"
        ]
        for wish in engine.feed(move, 0.0, values):
            assert isinstance(wish, Change)
            values[name] = check(name, wish.value)
        assert echo(binding, values[name]) == [bytes((0xB0, 20, position))]


def test_values_are_shown_by_each_kind_of_control() -> None:
    def shown(toml: str, value: Value) -> list[bytes]:
        (binding,) = read_map(tomllib.loads(toml), "test")
        return echo(binding, value)

    assert shown("energy = {cc14 = 1, channel = 2}", 1.0) == [b"\xb1\x01\x7f", b"\xb1\x21\x7f"]
    assert shown("energy = {nrpn = 300}", 0.0) == [
        b"\xb0\x63\x02",
        b"\xb0\x62\x2c",
        b"\xb0\x06\x00",
        b"\xb0\x26\x00",
    ]
    assert shown("energy = {bend = true}", 1.0) == [b"\xe0\x7f\x7f"]
    assert shown("lead.mute = {note = 73, channel = 9, lights = [12, 15]}", True) == [b"\x98\x49\x0f"]
    assert shown('section = {note = 41, value = "drop"}', "drop") == [b"\x90\x29\x7f"]
    assert shown('section = {note = 41, value = "drop"}', "build") == [b"\x90\x29\x00"]
    assert shown('energy = {cc = 1, relative = "twos"}', 0.5) == []
    assert shown("energy = {cc = 1, echo = false}", 0.5) == []


@given(st.lists(st.binary(max_size=4), max_size=30))
def test_no_bytes_do_harm(messages: list[bytes]) -> None:
    engine = Engine([Binding(name, Control("cc", number)) for number, name in enumerate(SPECS)])
    for message in messages:
        for moved in engine.read("p", message):
            for wish in engine.feed(moved, 0.0, DEFAULTS):
                assert isinstance(wish, Act) or check(wish.name, wish.value) == wish.value


@pytest.mark.parametrize(
    "words", ["cc 20", "cc 20 ch 1", "note 36 ch 10 port PADS 1", "bend", "program", "nrpn 300"]
)
def test_a_control_has_a_name_that_is_read_again(words: str) -> None:
    control = read_control(words)
    assert control is not None
    assert control.words() == words


@pytest.mark.parametrize("words", ["", "cc", "cc 200", "cc 1 ch 17", "knob 3", "note 128"])
def test_other_words_name_no_control(words: str) -> None:
    assert read_control(words) is None
