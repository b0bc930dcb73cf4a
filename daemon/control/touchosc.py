"""A layout for the app TouchOSC, made from the tables of parameters and actions: a cell for each parameter, rows of buttons.

The file is XML, packed by zlib. Each control sends to `/edmd/norm/...` and receives its value from there; a label shows
the natural value.
"""

import uuid
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from daemon.control.actions import ACTIONS, Action
from daemon.control.osc import ROOT
from daemon.parameters import SPECS, Spec

RECEIVES_AT: Final = 9000
"""The port at which TouchOSC listens by default; the button `subscribe` names it."""

_COLUMNS: Final = 6
_CELL: Final = (210, 88)
_ROW: Final = 86
_SLOTS: Final = 8
_IDENTITY: Final = uuid.uuid5(uuid.NAMESPACE_URL, "edmd/touchosc")
_MOMENTARY, _TOGGLE = 0, 2

Frame = tuple[int, int, int, int]
"""Left, top, width and height."""


class _Button(NamedTuple):
    label: str
    path: str
    sends: Sequence[tuple[str, str]] | None = None


def layout_file() -> bytes:
    """Return the bytes of a `.tosc` file."""
    return zlib.compress(layout(), 9)


def layout() -> bytes:
    """Return the XML of the layout."""
    root = ET.Element("lexml", version="3")
    buttons = _buttons()
    top = len(buttons) * _ROW
    rows = -(-len(SPECS) // _COLUMNS)
    page = _node(root, "GROUP", "edmd", (0, 0, _COLUMNS * _CELL[0], top + rows * _CELL[1]))
    children = ET.SubElement(page, "children")
    for index, row in enumerate(buttons):
        _row(children, row, index * _ROW)
    for index, spec in enumerate(SPECS.values()):
        line, column = divmod(index, _COLUMNS)
        _cell(children, spec, column * _CELL[0], top + line * _CELL[1])
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def _buttons() -> list[list[_Button]]:
    """Return the rows of buttons: the actions that need no argument, and the first slots of those that take one."""
    plain = [each for each in ACTIONS.values() if each.argument is None or not each.argument.is_needed]
    slotted = [each for each in ACTIONS.values() if each.argument is not None and each.argument.is_slot]
    subscribe = _Button("subscribe", "subscribe", _whole(RECEIVES_AT))
    return [
        [*(_Button(_label_of(each), each.path) for each in plain), subscribe],
        *(
            [_Button(f"{each.path.partition('/')[0]} {slot}", each.path, _whole(slot)) for slot in _slots()]
            for each in slotted
        ),
    ]


def _slots() -> range:
    return range(1, _SLOTS + 1)


def _label_of(action: Action) -> str:
    return action.path.removeprefix("transport/").replace("/", " ").replace("_", " ")


def _row(parent: ET.Element, buttons: Sequence[_Button], top: int) -> None:
    width = _COLUMNS * _CELL[0] // len(buttons)
    for index, button in enumerate(buttons):
        left = index * width
        frame = (left + 5, top + 30, width - 10, 50)
        node = _node(parent, "BUTTON", button.label, frame, buttonType=_MOMENTARY)
        _value(node, "x", "0")
        _message(node, ROOT + button.path, "x", button.sends, condition="RISE")
        _label(parent, button.label, (left, top + 4, width, 24))


def _cell(parent: ET.Element, spec: Spec, left: int, top: int) -> None:
    path = spec.name.replace(".", "/")
    width = _CELL[0] - 10
    _label(parent, spec.name, (left + 5, top, width - 80, 22))
    shown = _label(parent, "", (left + width - 75, top, 80, 22), name=f"{spec.name} value")
    _message(shown, ROOT + path, "text", _partial("VALUE", "STRING", "text"), sends=False)
    frame = (left + 5, top + 24, width, _CELL[1] - 34)
    if spec.kind == "bool":
        control = _node(parent, "BUTTON", spec.name, frame, buttonType=_TOGGLE)
    else:
        control = _node(parent, "FADER", spec.name, frame, orientation=1)
    _value(control, "x", "0")
    _message(control, f"{ROOT}norm/{path}", "x", _number("x"))


def _label(parent: ET.Element, text: str, frame: Frame, name: str | None = None) -> ET.Element:
    label = _node(parent, "LABEL", name or f"{text} label", frame, textSize=14)
    _value(label, "text", text)
    return label


def _node(parent: ET.Element, kind: str, name: str, frame: Frame, **numbers: int) -> ET.Element:
    node = ET.SubElement(parent, "node", ID=str(uuid.uuid5(_IDENTITY, f"{kind} {name}")), type=kind)
    properties = ET.SubElement(node, "properties")
    _property(properties, "s", "name", name)
    value = _property(properties, "r", "frame")
    for key, number in zip("xywh", frame, strict=True):
        ET.SubElement(value, key).text = str(number)
    for key, number in numbers.items():
        _property(properties, "i", key, str(number))
    return node


def _property(parent: ET.Element, kind: str, key: str, text: str | None = None) -> ET.Element:
    made = ET.SubElement(parent, "property", type=kind)
    ET.SubElement(made, "key").text = key
    value = ET.SubElement(made, "value")
    value.text = text
    return value


def _value(node: ET.Element, key: str, default: str) -> None:
    value = ET.SubElement(ET.SubElement(node, "values"), "value")
    parts = {"key": key, "locked": "0", "lockedDefaultCurrent": "0", "default": default, "defaultPull": "0"}
    _texts(value, parts)


def _message(
    node: ET.Element,
    path: str,
    value: str,
    argument: Sequence[tuple[str, str]] | None,
    *,
    sends: bool = True,
    condition: str = "ANY",
) -> None:
    osc = ET.SubElement(ET.SubElement(node, "messages"), "osc")
    switches = {
        "enabled": "1",
        "send": str(int(sends)),
        "receive": "1",
        "feedback": "0",
        "connections": "00001",
    }
    _texts(osc, switches)
    trigger = ET.SubElement(ET.SubElement(osc, "triggers"), "trigger")
    _texts(trigger, {"var": value, "condition": condition})
    _texts(ET.SubElement(ET.SubElement(osc, "path"), "partial"), dict(_partial("CONSTANT", "STRING", path)))
    arguments = ET.SubElement(osc, "arguments")
    if argument is not None:
        _texts(ET.SubElement(arguments, "partial"), dict(argument))


def _number(value: str) -> Sequence[tuple[str, str]]:
    return _partial("VALUE", "FLOAT", value)


def _whole(number: int) -> Sequence[tuple[str, str]]:
    return _partial("CONSTANT", "INTEGER", str(number))


def _partial(kind: str, conversion: str, value: str) -> Sequence[tuple[str, str]]:
    parts = {"type": kind, "conversion": conversion, "value": value, "scaleMin": "0", "scaleMax": "1"}
    return [*parts.items()]


def _texts(parent: ET.Element, parts: dict[str, str]) -> None:
    for key, text in parts.items():
        ET.SubElement(parent, key).text = text
