"""Notes that are played in, for the decks: those that no mapping uses, gathered between two turns of the gateway."""

from collections.abc import Mapping
from typing import Final

from daemon.control.messages import ControlError
from daemon.gateway.surface import Ask, Outcome
from daemon.link.gateway import SUSTAINED, PlayedNotes
from daemon.mapping.controls import ALL_NOTES_OFF, ALL_SOUND_OFF, RESET_CONTROLLERS, Mode, Move
from models.notes import MAIN

# More than ten fingers play in the time of a turn. Ends are not limited: only notes that have begun have one.
_MOST_BEGUN: Final = 64
# Pads on the drums' channel are not chords or melodies.
_DRUMS: Final = 10
# The sustain pedal, and the value from which on it is down.
_SUSTAIN: Final = 64
_DOWN: Final = 64

Keyboard = tuple[str, int]
"""A port and a channel."""


class PlayedIn:
    """The notes since the last turn, with the driver's times."""

    def __init__(self) -> None:
        self._notes: list[tuple[float, int, int]] = []
        self._begun = 0
        self._all_off = False
        # The keys that are held, each with the keyboard on which it was struck last.
        self._held: dict[int, Keyboard] = {}
        # The keyboards whose sustain pedal is down, and the keys that are let go meanwhile.
        self._pedals: set[Keyboard] = set()
        self._sustained: set[int] = set()
        self._open: frozenset[str] = frozenset()

    def take(self, moved: Move | Mode, seconds: float) -> None:
        """Take a note, the sustain pedal, or the end of all notes; anything else is no music."""
        if isinstance(moved, Mode):
            if moved.number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
                self.let_go()
            elif moved.number == RESET_CONTROLLERS:
                for keyboard in sorted(self._pedals):
                    self._step(keyboard, seconds, is_down=False)
            return
        kind, number, channel, port = moved.control
        if channel == _DRUMS or channel is None or number is None:
            return
        if kind == "note":
            self._strike((port, channel), number, moved.raw, seconds)
        elif kind == "cc" and number == _SUSTAIN:
            self._step((port, channel), seconds, is_down=moved.raw >= _DOWN)

    def _strike(self, keyboard: Keyboard, key: int, velocity: int, seconds: float) -> None:
        if velocity:
            self._begun += 1
            if self._begun > _MOST_BEGUN:
                return
            self._held[key] = keyboard
            self._sustained.discard(key)
        elif key not in self._held or key in self._sustained:
            return
        elif self._held[key] in self._pedals:
            self._sustained.add(key)
            velocity = SUSTAINED
        else:
            del self._held[key]
        self._notes.append((seconds, key, velocity))

    def _step(self, keyboard: Keyboard, seconds: float, *, is_down: bool) -> None:
        """Press or release a pedal; the keys that have been let go meanwhile end when it is released."""
        if is_down:
            self._pedals.add(keyboard)
            return
        self._pedals.discard(keyboard)
        for key in sorted(key for key in self._sustained if self._held[key] == keyboard):
            self._sustained.remove(key)
            del self._held[key]
            self._notes.append((seconds, key, 0))

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
