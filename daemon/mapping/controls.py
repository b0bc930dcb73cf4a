"""Knobs, keys and wheels of MIDI controllers, and how their bytes are read."""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, get_args

Kind = Literal["cc", "cc14", "nrpn", "note", "program", "bend"]
KINDS: Final = get_args(Kind)

# The highest number of each kind. A pitch bend has none; its number is 0.
HIGHEST: Final[dict[Kind, int]] = {
    "cc": 119,
    "cc14": 31,
    "nrpn": 16383,
    "note": 127,
    "program": 127,
    "bend": 0,
}
ALL_SOUND_OFF: Final = 120
RESET_CONTROLLERS: Final = 121
ALL_NOTES_OFF: Final = 123
_FIRST_MODE: Final = 120
_DATA: Final = (6, 38)
_NRPN: Final = (99, 98)
_RPN: Final = (101, 100)
_NONE: Final = (127, 127)
_WORDS: Final = re.compile(
    r"(cc14|cc|nrpn|note|program|bend)(?: (\d+))?(?: ch (\d+))?(?: port (.+))?", re.ASCII
)


class Control(NamedTuple):
    """One knob or key. `channel` counts from 1; None is any channel. `port` is a part of a port's name, "" any port.

    `number` None is any number, for programs.
    """

    kind: Kind
    number: int | None
    channel: int | None = None
    port: str = ""

    def words(self) -> str:
        """Return it as `cc 20 ch 1 port nanoKONTROL2`."""
        number = "" if self.kind == "bend" or self.number is None else f" {self.number}"
        channel = "" if self.channel is None else f" ch {self.channel}"
        return f"{self.kind}{number}{channel}{f' port {self.port}' if self.port else ''}"

    def matches(self, other: "Control") -> bool:
        """Return whether `other`, which has channel and port, is this one."""
        return (
            self.kind == other.kind
            and self.number in (None, other.number)
            and self.channel in (None, other.channel)
            and self.port.lower() in other.port.lower()
        )


def read_control(words: str) -> Control | None:
    """Return the control that `Control.words` describes, or None."""
    found = _WORDS.fullmatch(words.strip())
    if found is None:
        return None
    kind, number, channel, port = found.groups()
    made = Control(kind, int(number or 0), int(channel) if channel else None, port or "")  # type: ignore[arg-type]
    if number is None and kind != "bend":
        made = made._replace(number=None)
        return made if kind == "program" else None
    fits = made.number is None or made.number <= HIGHEST[made.kind]
    return made if fits and made.channel in (None, *range(1, 17)) else None


class Move(NamedTuple):
    """A control was moved to `position`, 0 to 1. `raw` is the value as sent; for keys the velocity, 0 when let go."""

    control: Control
    position: float
    raw: int


class Mode(NamedTuple):
    """A channel mode message: CC 120 to 127."""

    number: int


class Reader:
    """Reads the channel messages of one port. Coarse and fine halves of 14 bits come as two messages."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._coarse: dict[tuple[int, int], int] = {}
        self._selected: dict[int, tuple[int, int]] = {}
        self._data: dict[int, int] = {}

    def read(self, message: bytes) -> Iterator[Move | Mode]:
        """Yield what a message means; one can be a plain CC and the half of a 14-bit one."""
        if len(message) < 2 or not 0x80 <= message[0] < 0xF0 or max(message[1:]) > 0x7F:
            return
        channel, first, second = (message[0] & 15) + 1, message[1], message[-1]
        match message[0] >> 4:
            case 0x8 if len(message) == 3:
                yield self._move("note", first, channel, 0, 127)
            case 0x9 if len(message) == 3:
                yield self._move("note", first, channel, second, 127)
            case 0xB if len(message) == 3:
                yield from self._control_change(channel, first, second)
            case 0xC:
                yield self._move("program", first, channel, first, 127)
            case 0xE if len(message) == 3:
                yield self._move("bend", 0, channel, second << 7 | first, 16383)

    def _control_change(self, channel: int, number: int, value: int) -> Iterator[Move | Mode]:
        if number >= _FIRST_MODE:
            yield Mode(number)
            return
        yield self._move("cc", number, channel, value, 127)
        yield from self._fourteen(channel, number, value)
        if number in _NRPN:
            coarse, fine = self._selected.get(channel, _NONE)
            self._selected[channel] = (value, fine) if number == _NRPN[0] else (coarse, value)
            self._data.pop(channel, None)
        elif number in _RPN:
            self._selected.pop(channel, None)
        elif number in _DATA and self._selected.get(channel, _NONE) != _NONE:
            yield from self._data_entry(channel, number, value)

    def _fourteen(self, channel: int, number: int, value: int) -> Iterator[Move]:
        """A coarse half counts at once, with a fine half of 0."""
        if number < 32:
            self._coarse[channel, number] = value
            yield self._move("cc14", number, channel, value << 7, 16383)
        elif number < 64 and (channel, number - 32) in self._coarse:
            coarse = self._coarse[channel, number - 32]
            yield self._move("cc14", number - 32, channel, coarse << 7 | value, 16383)

    def _data_entry(self, channel: int, number: int, value: int) -> Iterator[Move]:
        coarse, fine = self._selected[channel]
        if number == _DATA[0]:
            self._data[channel] = value
        high = self._data.get(channel, 0)
        low = 0 if number == _DATA[0] else value
        full = number == _DATA[0] and value == 127
        yield self._move("nrpn", coarse << 7 | fine, channel, high << 7 | low, 16383, full=full)

    def _move(
        self, kind: Kind, number: int, channel: int, value: int, most: int, *, full: bool = False
    ) -> Move:
        position = 1.0 if full else value / most
        return Move(Control(kind, number, channel, self._port), position, value)
