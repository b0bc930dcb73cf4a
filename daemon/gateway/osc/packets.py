"""OSC packets: from bytes to messages, and from a message to bytes. Packets of strangers cost little, whatever they hold."""

import struct
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import BuildError, OscMessageBuilder

LARGEST_BYTES: Final = 8 * 1024
_MOST_MESSAGES: Final = 128
_BUNDLE: Final = b"#bundle\0"
_TIME_TAG_BYTES: Final = 8
_DEEPEST: Final = 4
# Types of arguments that an address of edmd may take, and "nothing": the library logs each unknown one.
_TYPES: Final = frozenset(b"ifhdsTFN")


class PacketError(ValueError):
    """A packet is not OSC, or larger than is accepted; the text says why. `address` is where that is known."""

    def __init__(self, text: str, address: str = "") -> None:
        super().__init__(text)
        self.address = address


class Message(NamedTuple):
    """One message: its address and its arguments."""

    address: str
    arguments: tuple[Any, ...]


def decode(packet: bytes) -> list[Message]:
    """Return the messages of a packet, those of bundles in order; time tags are ignored. Raises PacketError."""
    if len(packet) > LARGEST_BYTES:
        raise PacketError(f"a packet is at most {LARGEST_BYTES} bytes; got more")
    messages: list[Message] = []
    for part in _parts(packet, 0):
        if len(messages) == _MOST_MESSAGES:
            raise PacketError(f"a packet holds at most {_MOST_MESSAGES} messages; got more")
        messages.append(_message(part))
    return messages


def encode(address: str, *arguments: float | int | bool | str) -> bytes:
    """Return the packet of one message. Raises PacketError if an argument is too large for OSC."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    try:
        return bytes(builder.build().dgram)
    except (BuildError, OverflowError, struct.error) as error:
        raise PacketError(str(error), address) from None


def _parts(packet: bytes, depth: int) -> Iterator[bytes]:
    """Yield the messages of a packet as bytes. The library's own reader of bundles never ends for a negative size."""
    if not packet.startswith(_BUNDLE):
        yield packet
        return
    if depth == _DEEPEST:
        raise PacketError(f"bundles are nested at most {_DEEPEST} deep; got more")
    at = len(_BUNDLE) + _TIME_TAG_BYTES
    while at < len(packet):
        size = int.from_bytes(packet[at : at + 4], "big")
        at += 4
        if size == 0 or size % 4 or at + size > len(packet):
            raise PacketError("the sizes in the bundle do not fit")
        yield from _parts(packet[at : at + size], depth + 1)
        at += size


def _message(part: bytes) -> Message:
    address, _, rest = part.partition(b"\0")
    if not address.startswith(b"/"):
        raise PacketError("it is not OSC: an address begins with /")
    shown = address[:64].decode("ascii", "replace")
    types = rest.lstrip(b"\0").partition(b"\0")[0].removeprefix(b",")
    if not _TYPES.issuperset(types):
        raise PacketError("its arguments are not numbers, texts, true or false", shown)
    try:
        read = OscMessage(part)
    except (ParseError, ValueError, struct.error, IndexError):
        raise PacketError("it is not well-formed OSC", shown) from None
    return Message(read.address, tuple(read.params))
