"""Find the channels that play drums: channel 10, and those for which a file selects a drum kit or gives a drum name."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from models.notes import CHANNELS

_DRUM_NAME: Final = re.compile(
    r"(e-?|electric |acoustic |midi )?(drums?|drum ?(kit|set|machine|track|part|loop)|percussion|perc|rhythm kit)"
    r"( ?(kit|set|track|part))?[\s_-]*(\(?\d*\)?)?",
    re.IGNORECASE,
)
_BANK_SELECT: Final = 0
# Banks (most significant byte) of drum kits: General MIDI 2; Yamaha's XG, where 126 also holds sound effects.
_GM2_DRUMS, _GM2_MELODIC, _XG_DRUMS = 120, 121, (126, 127)
_GS_RESET: Final = bytes.fromhex("42 12 40 00 7F 00")
_GS_PART_BLOCKS: Final = bytes.fromhex("42 12 40")
_XG_PARTS: Final = bytes.fromhex("4C 08")
# GS counts the tenth channel as its block 0.
_GS_CHANNEL_OF_BLOCK: Final = (9, *range(9), *range(10, 16))


class Selection(NamedTuple):
    """From `pulse` on, a channel plays drums or does not. Channels count from 0, and 16 more for each further port."""

    pulse: int
    channel: int
    is_drums: bool


def is_drum_name(name: str) -> bool:
    """Return whether a part's whole name means drums."""
    return _DRUM_NAME.fullmatch(name.strip()) is not None


def by_bank(pulse: int, channel: int, controller: int, value: int, *, is_gs: bool) -> Selection | None:
    """Return the selection that a bank select makes, or None. GS holds other sounds in the banks of XG's drum kits."""
    if controller != _BANK_SELECT or value not in (_GM2_DRUMS, _GM2_MELODIC, *_XG_DRUMS):
        return None
    if is_gs and value in _XG_DRUMS:
        return None
    return Selection(pulse, channel, value != _GM2_MELODIC)


def by_sysex(pulse: int, first_channel: int, payload: bytes) -> Selection | None:
    """Return the selection that a system exclusive message makes, or None: a part's mode in Roland's GS or Yamaha's XG.

    `first_channel` is the first channel of the MIDI port that receives the message.
    """
    if len(payload) < 8:
        return None
    if (
        payload[0] == 0x41
        and payload[2:5] == _GS_PART_BLOCKS
        and payload[5] & 0xF0 == 0x10
        and payload[6] == 0x15
    ):
        return Selection(pulse, first_channel + _GS_CHANNEL_OF_BLOCK[payload[5] & 0x0F], payload[7] != 0)
    if payload[0] == 0x43 and payload[2:4] == _XG_PARTS and payload[4] < 16 and payload[5] == 0x07:
        return Selection(pulse, first_channel + payload[4], payload[6] != 0)
    return None


def is_gs_reset(payload: bytes) -> bool:
    """Return whether a system exclusive message switches a sound module to Roland's GS."""
    return payload[:1] == b"\x41" and payload[2:8] == _GS_RESET


def drum_channels(selections: Iterable[Selection], first_notes: Mapping[int, int]) -> set[int]:
    """Return the channels that play drums when their first note begins.

    `first_notes` holds each channel's first pulse. Channels count from 0, and 16 more for each further port.
    """
    plays_drums = {channel: channel % 16 + 1 == CHANNELS["drums"] for channel in first_notes}
    plays_drums |= {
        channel: is_drums for pulse, channel, is_drums in selections if pulse <= first_notes.get(channel, -1)
    }
    return {channel for channel, is_drums in plays_drums.items() if is_drums}
