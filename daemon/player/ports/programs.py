"""The messages that set up a synthesiser before it plays: program, volume and pan of each voice."""

from collections.abc import Collection

from daemon.player.link import PlayerSettings
from daemon.player.midi_bytes import control_change, program_change
from daemon.player.mpe import MPE, MPE_PORT, configuration
from daemon.player.ports.outputs import Outputs
from models.instruments import Instrument
from models.notes import VOICES

_VOLUME, _PAN = 7, 10


class Programs:
    """The set-up messages for the first places of some voices, and for MPE.

    If voices share a port and a channel, those of the first voice are used.
    """

    def __init__(self, settings: PlayerSettings, outputs: Outputs) -> None:
        places: dict[tuple[str, int], Instrument] = {}
        for voice in VOICES:
            if voice in settings.programs:
                place = outputs.port_of(voice), settings.channels[voice]
                places.setdefault(place, settings.instruments[voice])
        self._messages = [
            (port, message)
            for (port, channel), instrument in places.items()
            for message in _messages(channel, instrument)
        ]
        if any((MPE_PORT, MPE) in more for more in settings.more.values()):
            self._messages += [(MPE_PORT, message) for message in configuration()]

    def of(self, ports: Collection[str]) -> list[tuple[str, bytes]]:
        """Return every message for these ports, as (port, message)."""
        return [(port, message) for port, message in self._messages if port in ports]


def _messages(channel: int, instrument: Instrument) -> tuple[bytes, ...]:
    return (
        program_change(channel, instrument.live_program),
        control_change(channel, _VOLUME, instrument.volume),
        control_change(channel, _PAN, instrument.pan),
    )
