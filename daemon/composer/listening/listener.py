"""Listens to who plays: dates the notes by the music's time, and enters what they say as operations at bar lines."""

import logging
import time
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, Final, Protocol

from daemon.automation import boundary
from daemon.composer.playing.position import Position, when
from daemon.composer.requests.changes import Changes
from daemon.control.messages import USUAL_CALL_BARS, Listen
from daemon.music.deck import operations
from daemon.music.deck.deck import Deck
from daemon.music.deck.operations import Follow, HoldChord, Operation, SetParameters
from daemon.music.listening.calls import call_of, heard_bars
from daemon.music.listening.notes import Ear
from daemon.music.listening.touch import touch_of
from daemon.parameters import AUTO, PLAYED
from models.chords import Chord, chord_name
from models.hearing import TokenisedMusic
from models.notes import PULSES_PER_BEAT, TICKS_PER_BAR, TICKS_PER_BEAT
from models.scales import FREE, key_shift

# What is played in acts at a bar line, and what follows from it must be composed by then: it is heard up to two
# sixteenths before. A slow machine needs more to hear a call, at most half a bar.
CUT_TICKS: Final = 2
_LONGEST_CUT_TICKS: Final = TICKS_PER_BAR // 2
_SAFE_SHARE: Final = 1.5
# A chord is struck note by note, and a flood of chords must not fill the journal.
_CHORD_SECONDS: Final = 0.05
_TELL_SECONDS: Final = 0.04

_log: Final = logging.getLogger(__name__)

Played = tuple[tuple[float, int, int], ...]
Reply = Mapping[str, Any]


class CallPriming(Protocol):
    """Lets another ensemble hear a call in the background."""

    @property
    def is_asked(self) -> bool:
        """Whether music or a scene that somebody asked for waits to be heard, or is being heard."""

    def expect_call(self, music: TokenisedMusic, bars: int, before: tuple[Operation, ...] = ()) -> None:
        """Answer a call of so many bars from the next bar on; the operations `before` then act with it."""


class Listener:
    """What one deck hears. `publish` publishes its telemetry; `step_seconds` is how long a tick takes to compose."""

    def __init__(
        self,
        deck: Deck,
        changes: Changes,
        position: Position,
        priming: CallPriming,
        *,
        publish: Callable[[str, Mapping[str, Any]], None],
        step_seconds: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._deck, self._changes, self._position = deck, changes, position
        self._priming, self._publish, self._clock = priming, publish, clock
        self._step_seconds = step_seconds
        self._ear = Ear()
        self._tick = -1
        # The bar that an answer was prepared for.
        self._answered_bar = -1
        # A chord that is not entered yet; since when the next one may be entered.
        self._chord: Chord | None = None
        self._next_chord = self._next_told = 0.0
        self._beat: float | None = None

    def hear(self, notes: Played, *, all_off: bool = False) -> None:
        """Take notes as (seconds of `perf_counter`, pitch, velocity), velocity 0 for ends.

        A velocity below 0 is a key that is let go under a pedal. `all_off` ends all first.
        """
        if all_off:
            self._ear.let_go()
        for seconds, pitch, velocity in notes:
            pulse = self._position.pulse_at(seconds)
            self._ear.hear(pulse, pitch, velocity)
            self._beat = pulse / PULSES_PER_BEAT
            if velocity > 0:  # keys are let go one by one; what is left for a moment is no chord
                self._chord = self._ear.chord or self._chord
        if all_off and self._beat is None:
            self._beat = self._position.beat_at(self._clock())
        self._enter_chord()

    def begun(self, tick: int) -> None:
        """Act at a tick that begins."""
        if tick < self._tick:  # the music has begun anew
            self._ear.forget()
            self._answered_bar = -1
        self._tick = tick
        bar, place = divmod(tick, TICKS_PER_BAR)
        if place == 0:
            self._chord = self._ear.chord or self._chord
            self._ear.forget(tick * PULSES_PER_BEAT // TICKS_PER_BEAT)
        self._enter_chord()
        self._before_bar(bar + 1, TICKS_PER_BAR - place)

    def tell(self) -> dict[str, Any]:
        """Return the value of `listening` in `state`: the way asked for last, and what the deck does in this bar."""
        bar, state = self._deck.next_tick // TICKS_PER_BAR, self._changes.state
        phase, told = state.listening.phase(bar), state.listening
        waiting = [each.operation for each in state.waiting if isinstance(each.operation, operations.Listen)]
        if waiting:
            told = told._replace(mode=waiting[-1].mode, bars=waiting[-1].bars, once=waiting[-1].once)
        elif phase == "off":
            told = told._replace(mode="off")
        return {
            "mode": told.mode,
            "phase": phase,
            "bars": told.bars,
            "once": told.once,
            "harmony": self._leads,
        }

    def publish(self) -> None:
        """Publish what is heard, if it has changed."""
        self._enter_chord()
        if self._beat is None or self._clock() < self._next_told:
            return
        self._next_told = self._clock() + _TELL_SECONDS
        held, chord = self._ear.held, self._ear.chord
        name = "" if chord is None else chord_name(chord[0], -1)
        self._publish("played", {"beat": round(self._beat, 3), "held": held, "chord": name})
        self._beat = None

    # --- the op `listen` ---

    def carry_out(self, op: Listen) -> Reply:
        """Listen in another way; return when that begins."""
        bars = op.bars or USUAL_CALL_BARS
        self._beat = self._position.beat_at(self._clock())  # who begins to listen is told what is held
        match op.action:
            case "call":
                tick = self._changes.accept(operations.Listen("call", bars, op.once))
            case "accompany":
                tick = self._changes.accept(operations.Listen("accompany"))
            case "harmony":
                tick = self._changes.accept(SetParameters({"chord_loop": PLAYED}))
                self._chord = self._ear.chord
                self._next_chord = 0.0
                self._enter_chord()
            case "answer":
                return self._answer(op.bars)
            case "off":
                ends = [SetParameters({"chord_loop": AUTO})] if self._leads else []
                tick = self._changes.accept_all([*ends, operations.Listen("off")])
        return when(boundary(tick, "bar"))

    def _answer(self, bars: int | None) -> Reply:
        """Answer the last bars at the next bar; in call and response the turn passes there, also if nobody played."""
        last, listening = self._ear.last_tick, self._changes.state.listening
        is_call = listening.mode == "call"
        bars = bars or (listening.bars if is_call else USUAL_CALL_BARS)
        call = None if last is None else self._call(last // TICKS_PER_BAR + 1, bars)
        turn = [operations.Listen("call", bars, listening.once, is_answered=True)] if is_call else []
        if call is not None:
            self._priming.expect_call(call, bars, tuple(turn))
        elif turn:
            self._changes.accept_all(turn)
        end = (last or 0) // TICKS_PER_BAR * TICKS_PER_BAR + TICKS_PER_BAR
        notes = self._ear.notes(end - bars * TICKS_PER_BAR, end)
        return {"notes": len(notes), **when(boundary(self._deck.next_tick, "bar"))}

    # --- at bar lines ---

    @property
    def _leads(self) -> bool:
        """Whether held chords lead the harmony."""
        return self._changes.state.automation.accepted(["chord_loop"])["chord_loop"] == PLAYED

    def _enter_chord(self) -> None:
        chord, now = self._chord, self._clock()
        if chord is None or now < self._next_chord:
            return
        self._chord, self._next_chord = None, now + _CHORD_SECONDS
        if self._leads:
            self._changes.accept(HoldChord(chord))

    def _before_bar(self, bar: int, ticks: int) -> None:
        """Act so many ticks before a bar."""
        if ticks > _LONGEST_CUT_TICKS:
            return
        listening = self._deck.state(self._deck.next_tick).listening
        if listening.mode == "accompany" and ticks == CUT_TICKS:
            touch = touch_of(self._ear.notes(0, self._tick + 1), self._tick + 1)
            if touch != listening.touch:
                self._changes.accept(Follow(touch))
        elif (
            listening.is_answered_at(bar) and bar != self._answered_bar and ticks <= self._cut(listening.bars)
        ):
            self._answered_bar = bar
            if self._priming.is_asked:  # it was promised to somebody
                _log.info("the call is not answered, because a scene or a prime waits to be heard")
            elif (call := self._call(bar, listening.bars)) is not None:
                self._priming.expect_call(call, listening.bars)

    def _cut(self, bars: int) -> int:
        """Return how many ticks before its end a call must be taken, so that it is heard in time."""
        ticked = self._deck.ticked(self._tick)
        tempo = 120.0 if ticked is None else ticked.parameters.tempo
        ticks = (
            _SAFE_SHARE
            * heard_bars(bars)
            * TICKS_PER_BAR
            * self._step_seconds()
            * tempo
            * TICKS_PER_BEAT
            / 60
        )
        return min(max(CUT_TICKS, ceil(ticks)), _LONGEST_CUT_TICKS)

    def _call(self, end_bar: int, bars: int) -> TokenisedMusic | None:
        """Return the call of the bars before `end_bar`, None if nobody played."""
        end, parameters = end_bar * TICKS_PER_BAR, self._deck.state(self._deck.next_tick).parameters
        first = end - bars * TICKS_PER_BAR
        lift = parameters.transpose + key_shift(parameters.scale)
        notes = [note._replace(pitch=note.pitch - lift) for note in self._ear.notes(first, end)]
        ticked = self._deck.ticked(self._deck.next_tick - 1)
        key = 0 if ticked is None else ticked.composed.plan.key
        state = self._deck.saved_state(end)
        known = 0 if state is None else min(bars * TICKS_PER_BAR, state.recent.ticks)
        hits = [state.recent.ago(ago).played.hits for ago in range(known, 0, -1)] if state else []
        return call_of(notes, first, bars, hits, key if parameters.scale == FREE else None)
