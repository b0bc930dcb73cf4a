"""The system: it reads symbols of its network until the notes of a tick are known, and keeps later notes for their ticks."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.chance import chance
from daemon.music.systems.chance import FOR_MELODY
from daemon.music.systems.played import Played, Timed, of_timed
from daemon.music.systems.symbols.audible import is_kept, voices_heard
from daemon.music.systems.symbols.backing import NO_ROOT, backing, harmonised, missing_voices
from daemon.music.systems.symbols.behind import caught_up
from daemon.music.systems.symbols.hearing import notes_of, own_notes
from daemon.music.systems.symbols.inputs import DICTATED, Draw, draws, inputs
from daemon.music.systems.symbols.memory import SymbolsMemory
from daemon.music.systems.system import Ask, Cue, Steps
from daemon.parameters import Parameters
from models.codecs.matching import SymbolMemory
from models.codecs.symbols import Reading, SymbolCodec
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Note, Voice
from models.session import Row


class Pace(NamedTuple):
    """How far a network is read ahead of the end of a tick, and the most symbols that are read in one tick.

    So no network can stop the music. Notes that become known after their tick are not heard.
    """

    lead_pulses: int
    most_symbols: int
    extra_ticks: int


STREAM: Final = Pace(0, 96, 0)
# Chords for a bar are found in its whole melody.
BACKED_STREAM: Final = Pace(PULSES_PER_BAR, 96, 0)
# A published window takes 10 to 40 ms a symbol, and its music has about two symbols a tick. So a bar is read ahead in small
# shares, also for the first tick of a horizon that is composed again. A busy machine needs a longer horizon.
WINDOW: Final = Pace(PULSES_PER_BAR, 5, TICKS_PER_BAR)


class SymbolSystem:
    """Plays the symbols of one network, whose time does not run on the tick.

    A note is known when its end has been read. So the system reads ahead until the tick is over and none of its notes
    sounds any more; a codec ends notes after a bar, which bounds that. A window is read ahead by a whole bar, and so is a
    system without bass or chords, because these accompany it (`backing.py`).
    """

    def __init__(self, row: Row, codec: SymbolCodec, openings: Sequence[Sequence[int]] = ()) -> None:
        self._row, self._codec, self._openings = row, codec, openings
        self._network = row.session.network
        self._is_window = "window" in self._network.tensors.inputs
        self._width = self._network.tensors.inputs["window"].shape[0] if self._is_window else 0
        self._backing = missing_voices(codec.voices)
        self._pace = WINDOW if self._is_window else BACKED_STREAM if self._backing else STREAM
        self._seed, self._root = 0, NO_ROOT
        self._memory = SymbolMemory()
        self._origin, self._reading = 0, Reading()
        self._planned = -PULSES_PER_BAR
        self._ready: tuple[Note, ...] = ()
        self._heard: tuple[Note, ...] = ()

    def begin(self, seed: int, tick: int) -> None:
        """Clear the memory: the music of `seed` begins at `tick`."""
        place = tick % TICKS_PER_BAR
        self._origin = tick - place
        self._reading = Reading(pulse=place * PULSES_PER_TICK, struck=place * PULSES_PER_TICK)
        self._ready = self._heard = ()
        self._planned = place * PULSES_PER_TICK - PULSES_PER_BAR
        self._seed, self._root = seed, NO_ROOT
        self._memory.clear()
        self._row.restore(None)
        if self._is_window:
            self._open(seed)

    @property
    def extra_ticks(self) -> int:
        """How many ticks longer than usual the horizon must be."""
        return self._pace.extra_ticks

    def _open(self, seed: int) -> None:
        """Fill the window with a passage of a song, which is not heard."""
        passages = self._openings or ((0,),)
        passage = passages[int(chance(seed, "opening") * len(passages))] or (0,)
        # The latest first. A short one is repeated.
        self._memory.symbols[: self._width] = np.resize(passage[::-1], self._width)

    def plan(self, bar: int, plan: BarPlan, _parameters: Parameters) -> Steps[BarPlan]:
        """Return the plan with chords for the melody, if this system needs them and has read half of the bar."""
        yield from ()
        start, reading = bar * PULSES_PER_BAR - self._origin * PULSES_PER_TICK, self._reading
        if not self._backing:
            return plan
        if reading.pulse >= start + PULSES_PER_BAR // 2:
            _, sounding = reading.ended(reading.pulse, reading.sounding)
            plan = harmonised(plan, (*self._ready, *sounding), start, self._root)
        self._root = plan.roots[1]
        return plan

    def compose(self, cue: Cue) -> Steps[Played]:
        """Return the notes that begin at a tick."""
        start = (cue.tick - self._origin) * PULSES_PER_TICK
        end = start + PULSES_PER_TICK
        yield from self._read_past(end, draws(cue))
        self._reading = caught_up(self._reading, start)
        own = [note for note in self._ready if start <= note.pulse < end]
        # Chords are found with the notes that are held over the bar line too.
        self._ready = tuple(note for note in self._ready if note.pulse + note.length > end)
        voices = self._voices(own, start, cue.plan)
        played = of_timed(
            tuple(
                Timed(note.voice, note.pitch, note.pulse - start, note.length, note.velocity)
                for note in sorted(own)
                if note.voice in voices and _is_kept(note, cue)
            )
        )
        return played.joined(backing(self._seed, cue, self._backing))

    def _voices(self, own: Sequence[Note], start: int, plan: BarPlan) -> Sequence[Voice]:
        """Return the voices that are heard: those of the plan, or all after a bar in which none of these had a note."""
        planned = voices_heard(self._codec.voices, plan)
        if any(note.voice in planned for note in own):
            self._planned = start
        is_waiting = not planned or start - self._planned < PULSES_PER_BAR
        return planned if is_waiting else self._codec.voices

    def _read_past(self, end: int, drawn: Iterator[Draw]) -> Steps[None]:
        """Read symbols until the pulse `end` is past and no note from before it sounds, or the tick has enough of them."""
        for _ in range(self._pace.most_symbols):
            if self._is_past(end):
                return
            outputs = yield self._ask(next(drawn))
            self._add(int(outputs["token"][0]))

    def _is_past(self, end: int) -> bool:
        reading = self._reading
        return reading.pulse >= end + self._pace.lead_pulses and all(
            each.pulse >= end for each in reading.sounding
        )

    def _ask(self, draw: Draw) -> Ask:
        return Ask(self._row, inputs(self._network, self._codec, self._memory, self._reading, draw))

    def _add(self, symbol: int) -> None:
        """Read a symbol. Raises ValueError if there is none of this number."""
        if not 0 <= symbol < self._codec.size:
            raise ValueError(f"the network chooses symbol {symbol}, but there are {self._codec.size}")
        self._memory.add(symbol, self._codec.place(self._reading))
        self._reading, ended = self._codec.read(self._reading, symbol)
        self._ready += tuple(note for note in ended if note.length > 0)
        if symbol == self._codec.separator:
            self._begin_song(symbol)

    def _begin_song(self, separator: int) -> None:
        """Forget the song before, as in training: each song begins without memory, or with a window of separators."""
        self._memory.clear()
        self._row.restore(None)
        if self._is_window:
            self._memory.symbols[: self._width] = separator

    def hear(self, cue: Cue, played: Played) -> Steps[None]:
        """Collect the notes of a bar; at its end, step the network through their symbols."""
        bar, place = divmod(cue.tick, TICKS_PER_BAR)
        self._heard += notes_of(played, place)
        if place < TICKS_PER_BAR - 1:
            return
        start = bar * PULSES_PER_BAR - self._origin * PULSES_PER_TICK
        # What was read ahead is not heard: the other music lies in its place.
        struck = min(self._reading.struck, start)
        self._reading = self._reading._replace(pulse=start, sounding=(), struck=struck)
        codec, notes = self._codec, own_notes(self._heard, self._codec.voices)
        for symbol in codec.continued(self._reading, codec.fitted(notes), PULSES_PER_BAR):
            if self._network.tensors.states:  # a window has no state to update
                yield self._ask(DICTATED)
            self._add(symbol)
        self._reading = self._reading._replace(pulse=start + PULSES_PER_BAR, sounding=())
        self._ready = self._heard = ()

    def save(self) -> SymbolsMemory:
        """Return the memory as a value."""
        memory = self._memory
        rows = memory.symbols.copy(), memory.places.copy(), memory.runs.copy()
        begun = self._seed, self._origin, self._root
        return SymbolsMemory(
            *begun, self._reading, self._ready, self._heard, *rows, self._row.save(), self._planned
        )

    def restore(self, state: SymbolsMemory) -> None:
        """Continue from a saved memory."""
        self._seed, self._root = state.seed, state.root
        self._origin, self._reading = state.origin, state.reading
        self._ready, self._heard, self._planned = state.ready, state.heard, state.planned
        memory = self._memory
        memory.symbols[:], memory.places[:], memory.runs = state.symbols, state.places, state.runs.copy()
        self._row.restore(state.network)

    def close(self) -> None:
        """Release the row of the session."""
        self._row.release()


def _is_kept(note: Note, cue: Cue) -> bool:
    """Return whether a note is heard at the present `density`. Notes of a voice that begin together are kept together."""
    draw = chance(float(cue.chance[FOR_MELODY][-1]), note.voice, note.pulse % PULSES_PER_BAR)
    return is_kept(note.pulse % PULSES_PER_BAR, draw, cue.parameters.density)
