"""Sending of effects: filter sweeps on the channels of voices, risers and impacts on a channel of their own."""

from collections.abc import Callable, Collection, Iterator, Mapping

from daemon.player.link import PlayerSettings
from daemon.player.midi_bytes import channel_silence, control_change, note_off, note_on, program_change
from daemon.player.ports.outputs import Outputs
from models.effects import (
    EFFECTS,
    EXPRESSION,
    EXPRESSION_NEUTRAL,
    FILTER,
    FILTER_NEUTRAL,
    HOST,
    IMPACT,
    RISER,
    ControlRow,
    Effects,
    EffectSound,
    Lane,
    lane_channels,
    neutral_controls,
)
from models.notes import MELODIC_VOICES, Voice

Place = tuple[str, int]
"""A port and a channel (1 to 16)."""


def effect_places(outputs: Outputs, settings: PlayerSettings) -> dict[Lane, Place]:
    """Return where the effects of each lane are sent; if voices share a port and a channel, only the first one's are."""
    places: dict[Place, Lane] = {}
    for lane, channel in lane_channels(settings.channels, settings.effects).items():
        places.setdefault((outputs.port_of(HOST if lane == EFFECTS else lane), channel), lane)
    return {lane: place for place, lane in places.items()}


def ending_messages(outputs: Outputs, settings: PlayerSettings) -> Iterator[tuple[str, bytes]]:
    """Yield (port, message) pairs that end all effects which an earlier player may have left."""
    places = effect_places(outputs, settings)
    for lane, controller, value in neutral_controls(places):
        port, channel = places[lane]
        yield port, control_change(channel, controller, value)
    if EFFECTS in places:
        port, channel = places[EFFECTS]
        yield from ((port, message) for message in channel_silence(channel))


class EffectSender:
    """Brings the effects on the ports of one deck into the state that a tick demands. It sends only what differs.

    A riser or impact that `end` has ended stays silent for the rest of its time. `queue` takes (port, message).
    """

    def __init__(
        self, queue: Callable[[str, bytes], None], outputs: Outputs, settings: PlayerSettings
    ) -> None:
        self._queue = queue
        places = effect_places(outputs, settings)
        self._places = {voice: places[voice] for voice in MELODIC_VOICES if voice in places}
        self._own = places.get(EFFECTS)
        self._sends_program = HOST in settings.programs
        self._filters: dict[Voice, int] = {}  # those that are not neutral
        self._held: dict[EffectSound, bool] = {}  # whether it still sounds
        self._height = 0
        self._rows: list[ControlRow] = []

    @property
    def is_active(self) -> bool:
        """Whether a tick without effects has anything to end."""
        return bool(self._filters or self._held)

    def apply(self, wanted: Effects, pulse: int, muted_until: Mapping[Voice, int]) -> None:
        """Queue the messages for the effects of a tick. Filters of voices that are muted until later stay neutral."""
        self._sweep(
            {voice: value for voice, value in wanted.filters if pulse >= muted_until.get(voice, 0)}, pulse
        )
        if self._own is not None:
            self._hold(RISER, RISER.velocity if wanted.riser else 0, pulse, wanted.riser)
            self._hold(IMPACT, wanted.impact, pulse)

    def end(self, voices: Collection[Voice], pulse: int, *, own: bool) -> None:
        """Queue the end of the sweeps of these voices, and with `own` of riser and impact."""
        self._sweep({voice: value for voice, value in self._filters.items() if voice not in voices}, pulse)
        if not own:
            return
        for sound in [sound for sound, sounds in self._held.items() if sounds]:
            self._stop(sound, pulse)
            self._held[sound] = False
            self._quieten()

    def take_rows(self) -> tuple[ControlRow, ...]:
        """Return the messages that were queued since the last call."""
        taken = tuple(self._rows)
        self._rows.clear()
        return taken

    def _sweep(self, wanted: Mapping[Voice, int], pulse: int) -> None:
        for voice, place in self._places.items():
            value = wanted.get(voice, FILTER_NEUTRAL)
            if value != self._filters.get(voice, FILTER_NEUTRAL):
                self._send(voice, place, control_change(place[1], FILTER, value), pulse)
        self._filters = {voice: value for voice, value in wanted.items() if voice in self._places}

    def _hold(self, sound: EffectSound, velocity: int, pulse: int, height: int = 0) -> None:
        """Begin a sound, go on with it at this height, or end it if `velocity` is 0."""
        if not velocity:
            if self._held.pop(sound, False):
                self._stop(sound, pulse)
            return
        begins = sound not in self._held
        if begins and self._sends_program:
            self._send_own(program_change, sound.program, pulse=pulse)
        if begins or self._held[sound]:
            self._rise(height, pulse)
        if begins:
            self._held[sound] = True
            self._send_own(note_on, sound.pitch, velocity, pulse=pulse)

    def _stop(self, sound: EffectSound, pulse: int) -> None:
        self._send_own(note_off, sound.pitch, pulse=pulse)
        self._rise(0, pulse)

    def _rise(self, height: int, pulse: int) -> None:
        """Open filter and expression of the own channel; height 0 is neutral. Many synthesisers know only one of them."""
        if height != self._height:
            self._height = height
            self._send_own(control_change, FILTER, height or FILTER_NEUTRAL, pulse=pulse)
            self._send_own(control_change, EXPRESSION, height or EXPRESSION_NEUTRAL, pulse=pulse)

    def _quieten(self) -> None:
        """Cut the tail of what has been ended early."""
        if self._own is not None:
            port, channel = self._own
            for message in channel_silence(channel):
                self._queue(port, message)

    def _send_own(self, message: Callable[..., bytes], *values: int, pulse: int) -> None:
        if self._own is not None:
            self._send(EFFECTS, self._own, message(self._own[1], *values), pulse)

    def _send(self, lane: Lane, place: Place, message: bytes, pulse: int) -> None:
        self._queue(place[0], message)
        self._rows.append((pulse, lane, message))
