"""Notes that are played in, for the decks: those that no mapping uses, gathered between two turns of the gateway."""

from collections.abc import Mapping
from typing import Final

from daemon.control.messages import ControlError
from daemon.gateway.surface import Ask, Outcome
from daemon.link.gateway import PlayedNotes
from daemon.mapping.controls import ALL_NOTES_OFF, ALL_SOUND_OFF, Mode, Move
from models.notes import MAIN

# More than ten fingers play in the time of a turn. Ends are not limited: only notes that have begun have one.
_MOST_BEGUN: Final = 64
# Pads on the drums' channel are not chords or melodies.
_DRUMS: Final = 10
# The sustain pedal, and the value from which on it is down.
_SUSTAIN: Final = 64
_DOWN: Final = 64


class PlayedIn:
    """The notes since the last turn, with the driver's times."""

    def __init__(self) -> None:
        self._notes: list[tuple[float, int, int]] = []
        self._begun = 0
        self._all_off = False
        self._held: set[int] = set()
        # The channels whose sustain pedal is down, and the keys that are let go meanwhile.
        self._pedals: set[int | None] = set()
        self._sustained: set[int] = set()
        self._open: frozenset[str] = frozenset()

    def take(self, moved: Move | Mode, seconds: float) -> None:
        """Take a note, the sustain pedal, or the end of all notes; anything else is no music."""
        if isinstance(moved, Mode):
            if moved.number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
                self.let_go()
            return
        kind, number = moved.control.kind, moved.control.number
        if kind == "note" and moved.control.channel != _DRUMS and number is not None:
            self._strike(number, moved.raw, seconds)
        elif kind == "cc" and number == _SUSTAIN:
            self._step(moved.control.channel, seconds, is_down=moved.raw >= _DOWN)

    def _strike(self, key: int, velocity: int, seconds: float) -> None:
        if velocity:
            self._begun += 1
            if self._begun > _MOST_BEGUN:
                return
            self._held.add(key)
            self._sustained.discard(key)
        elif key not in self._held:
            return
        elif self._pedals:
            self._sustained.add(key)
            return
        else:
            self._held.remove(key)
        self._notes.append((seconds, key, velocity))

    def _step(self, channel: int | None, seconds: float, *, is_down: bool) -> None:
        """Press or release the pedal of a channel; the keys that have been let go end with the last pedal."""
        if is_down:
            self._pedals.add(channel)
            return
        self._pedals.discard(channel)
        if not self._pedals:
            self._notes += [(seconds, key, 0) for key in sorted(self._sustained)]
            self._held -= self._sustained
            self._sustained.clear()

    def ports(self, ports: Mapping[str, str]) -> None:
        """Take the states of the input ports. The ends of notes of a port that has gone never come."""
        now = frozenset(name for name, state in ports.items() if state.startswith("open"))
        if self._open - now:
            self.let_go()
        self._open = now

    def send(self, ask: Ask) -> None:
        """Pass on what was played since the last turn."""
        played = PlayedNotes(tuple(self._notes), self._all_off)
        self._notes, self._begun, self._all_off = [], 0, False
        if played.notes or played.all_off:
            ask(played, "midi", "played in", self._end_refused, MAIN)

    def let_go(self) -> None:
        """End all notes: their ends have been lost, or will never come."""
        self._pedals.clear()
        if self._held:
            self._end_all()

    def _end_refused(self, outcome: Outcome) -> None:
        """What is refused is lost, and there may be ends in it of notes that the composer holds."""
        if isinstance(outcome, ControlError):
            self._end_all()

    def _end_all(self) -> None:
        self._notes, self._all_off = [], True
        self._held.clear()
        self._sustained.clear()
