"""Notes that isobar plays to a MIDI clock: its own input and its own timeline, at the times of the clock."""

from collections.abc import Iterable

import isobar
import mido
from isobar.io.midi.input import MidiInputDevice
from isobar.io.output import OutputDevice

from models.notes import PULSES_PER_CLOCK, PULSES_PER_TICK

_CLOCKS_PER_BEAT = 24


class _Input(MidiInputDevice):  # type: ignore[misc]
    """The input as after opening a device, which this machine may lack."""

    def __init__(self) -> None:
        self.clock_target, self.estimated_tempo, self.last_clock_time = None, None, None


class _Output(OutputDevice):  # type: ignore[misc]
    """Stores the present time of every note-on."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.times = 0.0, list[float]()

    @property
    def ticks_per_beat(self) -> int:
        """The resolution of the timeline."""
        return _CLOCKS_PER_BEAT

    def note_on(self, note: int = 60, velocity: int = 64, channel: int = 0) -> None:
        """Store the time."""
        self.times.append(self.now)


def note_times(clocks: Iterable[float]) -> list[float]:
    """Return when sixteenths are played if clocks arrive at these times, in seconds; the first clock begins the music."""
    source, sink = _Input(), _Output()
    timeline = isobar.Timeline(clock_source=source, output_device=sink)
    timeline.schedule(
        {"note": 60, "duration": PULSES_PER_TICK / PULSES_PER_CLOCK / _CLOCKS_PER_BEAT, "gate": 0.5}
    )
    for seconds in clocks:
        sink.now = seconds
        source._mido_callback(mido.Message("clock"))
    return sink.times
