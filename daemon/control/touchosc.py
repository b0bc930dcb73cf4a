"""A layout for the app TouchOSC, made from the table of parameters: a cell for each, and a row for the transport.

The file is XML, packed by zlib. Each control sends to `/edmd/norm/...` and receives its value from there; a label shows
the natural value.
"""

import uuid
import zlib
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from daemon.control.osc import ROOT
from daemon.parameters import SPECS, Spec

RECEIVES_AT: Final = 9000
"""The port at which TouchOSC listens by default; the button `subscribe` names it."""

_COLUMNS: Final = 6
_CELL: Final = (210, 88)
_TOP: Final = 90
_TRANSPORT: Final = ("play", "stop", "continue", "panic", "tap")
_IDENTITY: Final = uuid.uuid5(uuid.NAMESPACE_URL, "edmd/touchosc")
_MOMENTARY, _TOGGLE = 0, 2

Frame = tuple[int, int, int, int]
"""Left, top, width and height."""


def layout_file() -> bytes:
    """Return the bytes of a `.tosc` file."""
    return zlib.compress(layout(), 9)


def layout() -> bytes:
    """Return the XML of the layout."""
    root = ET.Element("lexml", version="3")
    rows = -(-len(SPECS) // _COLUMNS)
    page = _node(root, "GROUP", "edmd", (0, 0, _COLUMNS * _CELL[0], _TOP + rows * _CELL[1]))
    children = ET.SubElement(page, "children")
    _transport_row(children)
    for index, spec in enumerate(SPECS.values()):
        row, column = divmod(index, _COLUMNS)
        _cell(children, spec, column * _CELL[0], _TOP + row * _CELL[1])
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def _transport_row(parent: ET.Element) -> None:
    names = [*(f"transport/{action}" for action in _TRANSPORT), "undo", "subscribe"]
    width = _COLUMNS * _CELL[0] // len(names)
    for index, name in enumerate(names):
        left = index * width
        button = _node(parent, "BUTTON", name, (left + 5, 30, width - 10, 50), buttonType=_MOMENTARY)
        _value(button, "x", "0")
        argument = _partial("CONSTANT", "INTEGER", str(RECEIVES_AT)) if name == "subscribe" else _number("x")
        _message(button, ROOT + name, "x", argument, condition="RISE")
        _label(parent, name.rpartition("/")[2], (left, 4, width, 24))


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
    argument: Sequence[tuple[str, str]],
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
    _texts(ET.SubElement(ET.SubElement(osc, "arguments"), "partial"), dict(argument))


def _number(value: str) -> Sequence[tuple[str, str]]:
    return _partial("VALUE", "FLOAT", value)


def _partial(kind: str, conversion: str, value: str) -> Sequence[tuple[str, str]]:
    parts = {"type": kind, "conversion": conversion, "value": value, "scaleMin": "0", "scaleMax": "1"}
    return [*parts.items()]


def _texts(parent: ET.Element, parts: dict[str, str]) -> None:
    for key, text in parts.items():
        ET.SubElement(parent, key).text = text
