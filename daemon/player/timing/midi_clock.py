"""A foreign MIDI clock: its tempo and phase, whether its transport runs, and its song position."""

from typing import Final, Literal

from daemon.link.inputs import CLOCK, CONTINUE, SONG_POSITION, START, STOP
from daemon.link.timeline import Timeline
from daemon.player.timing import follower
from daemon.player.timing.follower import LOST_SECONDS, Follower
from models.notes import PULSES_PER_CLOCK, PULSES_PER_TICK

Command = Literal["start", "continue", "stop", "locate", "play"]

CLOCKS_PER_SIXTEENTH: Final = PULSES_PER_TICK // PULSES_PER_CLOCK


class MidiClock:
    """Follows the clock of one port. Another port's clock is taken when this one has been silent for a second.

    `port` is that port, `runs` is None before the first start, continue or stop. `tempo` is the one to expect of a new
    clock, in BPM.
    """

    has_song = True

    def __init__(self, tempo: float, *, obeys_position: bool = True) -> None:
        self.tempo = tempo
        self.runs: bool | None = None
        self._obeys_position = obeys_position
        self.port = ""
        self._heard = float("-inf")
        self._follower: Follower | None = None
        # The number of the clock at song position 0 while the transport runs, and the position in clocks while it is stopped
        self._zero = 0
        self._stopped_at = 0
        self._inherited: Timeline | None = None

    @property
    def timeline(self) -> Timeline | None:
        """The tempo and phase; pulses count from the first clock that was heard. None before it."""
        return None if self._follower is None else follower.timeline(self._follower)

    @property
    def song(self) -> Timeline | None:
        """The times of the song's pulses; while the transport is stopped, `origin_pulse` is where it will continue."""
        line = self.timeline
        if line is None or self.runs is None:
            return None
        if self.runs:
            return line.renumbered(-self._zero * PULSES_PER_CLOCK)
        return line._replace(origin_pulse=self._stopped_at * PULSES_PER_CLOCK)

    def inherit(self, song: Timeline | None, now: float, *, runs: bool | None, is_locked: bool) -> None:
        """Go on as the clock of a dead player, which said this of it. What this one has heard itself is newer."""
        if is_locked:
            self._heard = max(self._heard, now)
        if self.runs is not None or song is None:
            return
        self.runs = runs
        if not runs:
            self._stopped_at = song.origin_pulse // PULSES_PER_CLOCK
        elif self._follower is None:
            self._inherited = song
        else:
            self._place(song, self._follower)

    def _place(self, song: Timeline, heard: Follower) -> None:
        self._zero = heard.number - round(song.pulse_at(heard.seconds) / PULSES_PER_CLOCK)

    def is_lost(self, now: float) -> bool:
        """Return whether the clock has been silent for a second."""
        return now - self._heard > LOST_SECONDS

    @property
    def next_pulse(self) -> int:
        """The pulse of the next clock, counted as in `timeline`."""
        return self._next * PULSES_PER_CLOCK

    def position(self, pulse: int) -> int:
        """Return the song position in pulses at a pulse of `timeline`, while the transport runs."""
        return pulse - self._zero * PULSES_PER_CLOCK

    def hear(self, port: str, seconds: float, status: int, position: int) -> Command | None:
        """Take a message; return what it commands."""
        if port != self.port and not self.is_lost(seconds):
            return None
        self.port = port
        match status:
            case _ if status == CLOCK:
                self._tick(seconds)
            case _ if status == START:
                self.runs, self._zero = True, self._next
                return "start"
            case _ if status == CONTINUE:
                self.runs, self._zero = True, self._next - self._stopped_at
                return "continue"
            case _ if status == STOP and self.runs is not False:
                self._stopped_at = self._next - self._zero if self.runs else 0
                self.runs = False
                return "stop"
            case _ if status == SONG_POSITION and self._obeys_position:
                return self._locate(position * CLOCKS_PER_SIXTEENTH)
        return None

    @property
    def _next(self) -> int:
        return 0 if self._follower is None else self._follower.number + 1

    def _tick(self, seconds: float) -> None:
        self._heard = seconds
        if self._follower is None:
            self._follower = follower.begin(seconds, self.tempo)
            if self._inherited is not None:
                self._place(self._inherited, self._follower)
        else:
            self._follower = follower.follow(self._follower, seconds)

    def _locate(self, clocks: int) -> Command | None:
        if not self.runs:
            self._stopped_at = clocks
            return None
        self._zero = self._next - clocks
        return "locate"
