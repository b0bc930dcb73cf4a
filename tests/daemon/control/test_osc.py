"""What OSC messages mean, from the one table of parameters; the list of addresses; the layout for TouchOSC."""

import zlib
from contextlib import suppress
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.control.actions import ACTIONS, Action
from daemon.control.messages import (
    Capture,
    ControlError,
    Fade,
    Listen,
    Next,
    Preset,
    Reseed,
    Scene,
    Transport,
    Undo,
)
from daemon.control.osc import Change, Command, Subscribe, addresses, read, told
from daemon.control.touchosc import layout, layout_file
from daemon.parameters import SPECS
from tests.imports import ROOT

NAMES: Final = [*SPECS]


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_set_by_its_natural_value_and_by_a_fader(name: str) -> None:
    for path, argument in told("main", name, SPECS[name].default):
        wanted = read(path, [argument])
        assert isinstance(wanted, Change)
        assert wanted[:2] == ("main", name)
        assert wanted.value == pytest.approx(SPECS[name].default)


@pytest.mark.parametrize(
    ("path", "arguments", "wanted"),
    [
        ("/edmd/melody/temperature", [1.5], Change("main", "melody.temperature", 1.5)),
        ("/edmd/gate", [0.10000000149011612], Change("main", "gate", 0.1)),
        ("/edmd/norm/tempo", [0.5], Change("main", "tempo", 160.0)),
        ("/edmd/norm/lead/mute", [1], Change("main", "lead.mute", True)),
        ("/edmd/transpose", [-3.0], Change("main", "transpose", -3)),
        ("/edmd/lead/mute", [1.0], Change("main", "lead.mute", True)),
        ("/edmd/section", ["drop"], Change("main", "section", "drop")),
        ("/edmd/deck/b/energy", [0.25], Change("b", "energy", 0.25)),
        ("/edmd/transport/play", [], Command("main", Transport("play"))),
        ("/edmd/transport/tap", [1.0], Command("main", Transport("tap"))),
        ("/edmd/transport/tap", [0.0], None),
        ("/edmd/deck/b/transport/panic", [True], Command("b", Transport("panic"))),
        ("/edmd/preset/load", ["peak"], Command("main", Preset("load", "peak"))),
        ("/edmd/reseed", [7.0], Command("main", Reseed(7))),
        ("/edmd/undo", [1], Command("main", Undo())),
        ("/edmd/loop", [4], Change("main", "loop", "4")),
        ("/edmd/loop", [8.0], Change("main", "loop", "8")),
        ("/edmd/loop", ["off"], Change("main", "loop", "off")),
        ("/edmd/transport/count_in", [1.0], Command("main", Transport("play", 1))),
        ("/edmd/transport/count_in", [2.0], Command("main", Transport("play", 2))),
        ("/edmd/transport/count_in", [0.0], None),
        ("/edmd/next", [], Command("main", Next())),
        ("/edmd/next", [1.0], Command("main", Next())),
        ("/edmd/next", [0.0], None),
        ("/edmd/fade", [], Command("main", Fade(16.0))),
        ("/edmd/fade", [1.0], Command("main", Fade(16.0))),
        ("/edmd/fade", [0.0], None),
        ("/edmd/fade", [1], Command("main", Fade(1))),
        ("/edmd/fade", [0], None),
        ("/edmd/fade", [32.0], Command("main", Fade(32.0))),
        ("/edmd/capture", [], Command("main", Capture(8))),
        ("/edmd/capture", [4.0], Command("main", Capture(4))),
        ("/edmd/capture", [1.0], Command("main", Capture(8))),
        ("/edmd/capture", [True], Command("main", Capture(8))),
        ("/edmd/capture", [False], None),
        ("/edmd/listen/call", [1.0], Command("main", Listen("call", 2))),
        ("/edmd/reseed", [1.0], Command("main", Reseed())),
        ("/edmd/reseed", [0.0], None),
        ("/edmd/preset/load", [3], Command("main", Preset("load", slot=3))),
        ("/edmd/preset/save", ["peak"], Command("main", Preset("save", "peak"))),
        ("/edmd/scene/load", ["opening"], Command("main", Scene("load", "opening"))),
        ("/edmd/scene/load", [2.0], Command("main", Scene("load", slot=2))),
        ("/edmd/scene/save", ["opening"], Command("main", Scene("save", "opening"))),
        ("/edmd/deck/b/scene/next", [1], Command("b", Scene("next"))),
        ("/edmd/subscribe", [9000], Subscribe(9000)),
        ("/edmd/subscribe", [], Subscribe(None)),
        ("/edmd/unsubscribe", [9000.0], Subscribe(9000, is_on=False)),
    ],
)
def test_a_message_means(path: str, arguments: list[Any], wanted: object) -> None:
    assert read(path, arguments) == wanted


@pytest.mark.parametrize(
    ("path", "arguments", "sentence"),
    [
        ("/edmd/tempo", [9000.0], "tempo is 20 to 300 BPM; got 9000.0"),
        ("/edmd/tempo", ["fast"], "tempo is a number, 20 to 300 BPM; got"),
        ("/edmd/tempo", [], "takes one argument; got 0"),
        ("/edmd/transport/play", [0.5], "1 for pressed and 0 for let go"),
        ("/edmd/transport/panic", [float("nan")], "1 for pressed and 0 for let go"),
        ("/edmd/norm/tempo", [1.5], "tempo is 0 to 1 here; got 1.5"),
        ("/edmd/norm/tempo", [float("nan")], "tempo is 0 to 1 here"),
        ("/edmd/tempo", [float("nan")], "tempo is 20 to 300 BPM"),
        ("/edmd/transpose", [0.5], "transpose is a whole number"),
        ("/edmd/lead/mute", [2.0], "lead.mute is true or false"),
        ("/edmd/temp", [1.0], 'there is no address "/edmd/temp"; did you mean tempo?'),
        ("/other/tempo", [1.0], "addresses begin with /edmd/"),
        ("/edmd/deck/a b/tempo", [1.0], "the name of a deck"),
        ("/edmd/subscribe", [0], "a port is a whole number, 1 to 65535"),
        ("/edmd/transport/play", ["now"], "a button takes no argument"),
        ("/edmd/preset/load", [], "it takes one argument, a name"),
        ("/edmd/preset/load", [129], "the number of a slot, 1 to 128; got 129"),
        ("/edmd/scene/load", [1.5], "the number of a slot, 1 to 128; got 1.5"),
        ("/edmd/scene/load", [True], "it takes a name or the number of a slot; got true"),
        ("/edmd/scene/save", [2], "a text of 1 to 256 characters; got 2"),
        ("/edmd/capture", [65], "a number of bars, 1 to 64; got 65"),
        ("/edmd/fade", ["slowly"], "a number of beats, 0 to 100000; got"),
        ("/edmd/loop", [3], "loop is one of"),
    ],
)
def test_a_wrong_message_is_a_sentence(path: str, arguments: list[Any], sentence: str) -> None:
    with pytest.raises(ControlError) as refused:
        read(path, arguments)
    assert sentence in refused.value.message


NUMBERED: Final = [
    (action, number)
    for action in ACTIONS.values()
    if action.argument is not None and not action.argument.is_needed
    for number in (1, 2)
]


@pytest.mark.parametrize(("action", "number"), NUMBERED)
def test_a_number_means_the_same_in_a_map_and_by_osc(action: Action, number: int) -> None:
    assert read(f"/edmd/{action.path}", [number]) == Command("main", action.operation(number))


@given(
    st.text(max_size=30),
    st.lists(st.one_of(st.floats(), st.integers(), st.text(), st.booleans()), max_size=3),
)
def test_nothing_else_comes_of_any_message(path: str, arguments: list[Any]) -> None:
    with suppress(ControlError):
        wanted = read(f"/edmd/{path}", arguments)
        assert wanted is None or isinstance(wanted, tuple)


def test_the_list_has_every_parameter_twice_and_every_address_on_it_is_understood() -> None:
    paths = [each.path for each in addresses()]
    assert len(paths) == len(set(paths))
    for name in NAMES:
        path = name.replace(".", "/")
        assert {f"/edmd/{path}", f"/edmd/norm/{path}"} <= set(paths)
    for path in paths:
        if "..." not in path:
            assert _code(path) in (None, "bad_request"), path


def _code(path: str) -> str | None:
    try:
        read(path, [])
    except ControlError as error:
        return error.code
    return None


def test_the_layout_that_ships_is_that_of_the_table() -> None:
    shipped = zlib.decompress((ROOT / "docs" / "edmd.tosc").read_bytes())
    assert shipped == layout(), "run `edmd ctl describe --touchosc docs/edmd.tosc`"
    assert zlib.decompress(layout_file()) == layout()


def test_the_layout_reaches_every_parameter_and_fits_its_page() -> None:
    root = ET.fromstring(layout())
    paths = {path.findtext("partial/value") for path in root.iter("path")}
    assert {f"/edmd/norm/{name.replace('.', '/')}" for name in NAMES} <= paths
    needs_none = [each for each in ACTIONS.values() if each.argument is None or not each.argument.is_needed]
    assert {f"/edmd/{each.path}" for each in needs_none} <= paths
    assert {"/edmd/subscribe", "/edmd/scene/load", "/edmd/preset/load"} <= paths
    assert all(read(str(path), [1]) for path in paths if path and "/norm/" in path)
    assert all(read(f"/edmd/{each.path}", [1.0]) for each in needs_none), (
        "a pressed button asks for something"
    )
    identities = [node.get("ID") for node in root.iter("node")]
    assert len(identities) == len(set(identities))
    frames = [
        [int(value.findtext(key) or "") for key in "xywh"]
        for prop in root.iter("property")
        if prop.get("type") == "r" and (value := prop.find("value")) is not None
    ]
    _, _, width, height = frames[0]
    assert all(x + w <= width and y + h <= height for x, y, w, h in frames)
