"""Where the notes of each voice go: one place that is also told and recorded, and any number of further ones."""

from collections.abc import Iterable, Mapping

from daemon.player.link import PlayerSettings
from daemon.player.midi_bytes import channel_silence
from daemon.player.mpe import ALL_CHANNELS, MPE
from daemon.player.ports.outputs import Outputs
from models.notes import VOICES, Voice

Place = tuple[str, int]
"""A port and a channel (1 to 16; `MPE` gives each note a channel of its own)."""

Places = Mapping[Voice, tuple[Place, ...]]


def places_of(outputs: Outputs, settings: PlayerSettings) -> Places:
    """Return the places of each voice; the first one is that of `channels` and `routes`."""
    return {voice: tuple(dict.fromkeys(_places(voice, outputs, settings))) for voice in VOICES}


def silence_of(places: Iterable[Place]) -> list[tuple[str, bytes]]:
    """Return (port, message) pairs that end all sound at these places."""
    return [
        (port, message)
        for port, channel in dict.fromkeys(places)
        for each in (ALL_CHANNELS if channel == MPE else (channel,))
        for message in channel_silence(each)
    ]


def _places(voice: Voice, outputs: Outputs, settings: PlayerSettings) -> Iterable[Place]:
    yield outputs.port_of(voice), settings.channels[voice]
    for port, channel in settings.more.get(voice, ()):
        yield port or outputs.virtual_of(voice), channel
