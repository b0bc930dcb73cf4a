"""The transport of the JACK server, with a tempo map, as a DAW has it."""

from types import TracebackType
from typing import Any, Self

from tests import needs

TICKS_PER_BEAT = 1920.0


class Timebase:
    """Sets tempo and place of the transport; bars have four beats."""

    def __init__(self, tempo: float, server: str) -> None:
        self.tempo = tempo
        self._jack = needs.library("jack")
        self._client = self._jack.Client("timebase", no_start_server=True, servername=server)
        self._rate = self._client.samplerate

    def __enter__(self) -> Self:
        self._client.activate()
        self._client.set_timebase_callback(self._tell)
        self._client.transport_frame = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.transport_stop()
        self._client.release_timebase()
        self._client.close()

    @property
    def frame(self) -> int:
        """The place of the transport in frames."""
        return int(self._client.transport_frame)

    def start(self) -> None:
        self._client.transport_start()

    def stop(self) -> None:
        self._client.transport_stop()

    def locate(self, sixteenth: int) -> None:
        """Move the transport to a sixteenth."""
        self._client.transport_frame = round(sixteenth * self.frames_per_beat / 4)

    @property
    def frames_per_beat(self) -> float:
        return float(self._rate * 60 / self.tempo)

    def _tell(self, _state: Any, _frames: int, position: Any, _is_new: bool) -> None:
        beats = position.frame / self.frames_per_beat
        position.valid = self._jack._lib.JackPositionBBT
        position.beats_per_bar, position.beat_type = 4.0, 4.0
        position.ticks_per_beat, position.beats_per_minute = TICKS_PER_BEAT, self.tempo
        position.bar, position.beat = int(beats // 4) + 1, int(beats % 4) + 1
        position.tick = int(beats % 1 * TICKS_PER_BEAT)
        position.bar_start_tick = (position.bar - 1) * 4 * TICKS_PER_BEAT
