"""The feeder fills the player's horizon with the deck's music, and rewinds it after changes."""

import logging
import time
from collections.abc import Callable
from typing import Final

from daemon.composer.playing.horizon import SAFE_SECONDS, Horizon, starts
from daemon.composer.playing.revisions import Revisions
from daemon.link.player import Attached, Revise, TickNotes, ToPlayer
from daemon.link.timeline import Timeline
from daemon.music.deck.deck import LONGEST_GAP_TICKS, Deck
from daemon.music.deck.operations import Forgo
from daemon.music.ensemble.drive import Failure, drive
from daemon.music.ensemble.ensembles import Ticked
from daemon.music.systems.system import Steps
from models.notes import TICKS_PER_BAR

_log: Final = logging.getLogger(__name__)
# After a pass no other one begins for this multiple of its time, so that changes without end take about a third of a core.
_REST_SHARE: Final = 2.5
BEFORE_PLAY_TICKS: Final = 2
"""The number of ticks to send before the music starts."""
# On a busy machine the ticks after them may come late, so more are composed before the start, if that takes no longer.
_PREPARED_TICKS: Final = 4
_PREPARING_SECONDS: Final = 0.04

_FAULTS_TOLD: Final = 3


class Feeder:
    """Sends revisions of the deck's music through `send`, and knows which of them the player has taken.

    Each `work` composes at most one tick. `composed` is called with each tick that is composed for the first time;
    `forgone` counts the ticks that failed.
    """

    def __init__(
        self,
        deck: Deck,
        send: Callable[[ToPlayer], None],
        horizon_seconds: float,
        composed: Callable[[Ticked], None] = lambda _: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.deck = deck
        self.is_playing = False
        self.timeline: Timeline | None = None
        self.forgone = 0
        # The share of the horizon that may be missing before composing is due. More ticks are then composed at a time.
        self.slack_share = 0.0
        self._faults = self._good = 0
        # Ticks began that neither the deck nor the player had; in a rewind the player has the version before.
        self._is_behind = False
        self._send, self._composed, self._clock = send, composed, clock
        self._is_attached = False
        self._revisions = Revisions()
        self.horizon = Horizon(deck, horizon_seconds)
        # The player holds the deck's music up to `_sent_end`, except from `_resend_from` on.
        self._sent_end = 0
        self._resend_from: int | None = None
        self._rest_until = self._pass_began = self._began = 0.0
        self._worked: float | None = None  # when the last `work` ended, if there was more to do
        self._newest = 0

    # --- the player ---

    def attach(self, attached: Attached) -> None:
        """Continue with a player that holds the deck's music up to `first_missing`."""
        self._is_attached = True
        self._revisions.attach(attached.revision)
        self.timeline, self.is_playing = attached.timeline, attached.is_playing
        self.deck.begin(attached.next_tick)
        self._void()
        self._sent_end, self._resend_from = attached.first_missing, None
        if any(not entry.revision for entry in self.deck.journal.entries):
            self._resend(self.deck.next_tick)

    def catch_up(self, tick: int) -> None:
        """Compose the ticks before `tick`, which a player plays already."""
        while self.deck.head < tick:
            self._began = self._clock()
            self._composed_tick(drive({None: self.deck.compose()})[None])

    def detach(self) -> None:
        """Stop sending until a player is attached."""
        self._is_attached, self._worked = False, None

    def start_over(self) -> None:
        """Send the whole horizon to a player that holds nothing of it."""
        self._sent_end, self._resend_from = self.deck.next_tick, None

    def restart(self) -> None:
        """Restart the deck at tick 0 of its next course, after the player has received the command."""
        self.deck.restart()
        # The times of its ticks are unknown until the first one begins.
        self.is_playing, self.timeline, self._newest = False, None, 0
        self.start_over()

    def prepare(self) -> None:
        """Compose the first ticks before the command that plays them is sent. The next `work` sends them."""
        end = self._clock() + _PREPARING_SECONDS
        while self._is_attached and self.deck.head < _PREPARED_TICKS:
            if self.deck.head >= BEFORE_PLAY_TICKS and self._clock() > end:
                return
            self.catch_up(self.deck.head + 1)

    def moved(self, tick: int, *, is_playing: bool) -> None:
        """Record that the player began to play at `tick`, or stopped before it."""
        self.is_playing, self.timeline = is_playing, None
        self._pass_by(tick)

    def began(self, tick: int, timeline: Timeline) -> None:
        """Record that a tick began to sound."""
        self.timeline = timeline
        self._pass_by(tick + 1)

    def taken(self, revision: int) -> None:
        """Record that the player took a revision."""
        self._revisions.take(revision)
        if not self.is_playing:
            self.deck.settle(self._revisions.settled)

    def refused(self, revision: int) -> None:
        """Send the horizon again, because the player refused a revision and will refuse all later ones."""
        if not self._revisions.is_void(revision):
            self._void()
            self._resend(self.deck.next_tick)

    def _pass_by(self, next_tick: int) -> None:
        self.deck.begin(next_tick)
        # The player reports Taken before Began, so it will refuse a revision of this tick that it has not confirmed.
        if self._revisions.are_late(next_tick):
            self._void()
            self._resend(next_tick)
        self._is_behind = self.deck.head < next_tick and (self._is_behind or self._sent_end < next_tick)
        self._date_anew(self._revisions.issued)
        if next_tick - self.deck.head > LONGEST_GAP_TICKS:
            self.deck.skip_to(next_tick)
            self.deck.keep_acted(self._revisions.settled)
        self._sent_end = max(self._sent_end, next_tick)

    def _void(self) -> None:
        """Disregard the revisions that are not confirmed; the next one builds on the last one taken."""
        self._revisions.void()
        self._date_anew(self._revisions.settled)

    def _date_anew(self, taken: int) -> None:
        """Move the operations that no revision up to `taken` contains to ticks that can still be heard.

        A deck that is behind leaves them in place. They act when it composes their ticks, unheard, and it sends later ticks;
        if they moved at each tick, they would never act.
        """
        if self._is_behind:
            self.deck.keep_acted(self._revisions.settled)
        else:
            self.deck.date_anew(taken, self.deck.next_tick)

    def _resend(self, first: int) -> None:
        """Plan to send all ticks from `first` on again, as one revision at the end of a pass."""
        if self._resend_from is None:
            self._pass_began = self._clock()
        self._resend_from = first if self._resend_from is None else min(first, self._resend_from)

    # --- the music ---

    def take_forgone(self) -> int:
        """Return how many ticks could not be composed since the last call."""
        forgone, self.forgone = self.forgone, 0
        return forgone

    def tick_for_changes(self) -> int:
        """Return the first tick that a change requested now can still affect."""
        tick = max(self.deck.next_tick, 0)
        if not self.is_playing or self.timeline is None:
            return tick
        ready = max(self._clock(), self._rest_until)
        if self._resend_from is not None:
            ready = max(ready, self._pass_began + 2 * self.horizon.pass_seconds())
        while self.horizon.latest_start(tick, self.timeline) < ready:
            tick += 1
        return tick

    def work(self) -> bool:
        """Compose at most one tick and send the ready ones; return whether there is more to do now."""
        steps = self.begin_work()
        return self.end_work(None if steps is None else drive({None: steps})[None])

    @property
    def is_due(self) -> bool:
        """Whether a tick must be composed or sent now."""
        if not self._is_attached:
            return False
        if self._resend_from is not None or self._worked is not None or self._is_pass_due():
            return True
        if self._sent_end < self.deck.head:  # a new player holds nothing of a full horizon
            return True
        return not self.horizon.is_full(1 - self.slack_share)

    def begin_work(self) -> Steps[Ticked] | None:
        """Return the steps of the next tick, or None if no tick must be composed now. Call `end_work` afterwards."""
        if not self._is_attached:
            return None
        self._begin_pass()
        if self.horizon.is_full():
            return None
        self._began = self._clock() if self._worked is None else self._worked
        return self.deck.compose()

    def end_work(self, result: Ticked | Failure | None) -> bool:
        """Take the result of the steps and send the composed ticks; return whether there is more to do now."""
        if not self._is_attached:
            return False
        if result is not None:
            self._composed_tick(result)
        is_full = self.horizon.is_full()
        if self._resend_from is None:
            self._send_ticks(self._sent_end)
        elif is_full or self._is_last_moment():
            self._end_pass()
        is_more = not is_full or self._is_pass_due()
        self._worked = self._clock() if is_more else None
        return is_more

    def wait_seconds(self) -> float | None:
        """Return the seconds until there is work, or None if only a message can bring some."""
        if self.deck.stale_from is None or not self._is_attached:
            return None
        return max(self._pass_due_seconds() - self._clock(), 0.0)

    def _is_pass_due(self) -> bool:
        return self.deck.stale_from is not None and self._clock() >= self._pass_due_seconds()

    def _pass_due_seconds(self) -> float:
        stale = self.deck.stale_from
        if stale is None or not self.is_playing or self.timeline is None:
            return self._rest_until
        return max(
            self.horizon.latest_start(max(stale, self.deck.next_tick), self.timeline), self._rest_until
        )

    def _is_last_moment(self) -> bool:
        """Return whether a pass must send its ticks now; later revisions then contain the rest of the horizon."""
        first = max(self._resend_from or 0, self.deck.next_tick)
        if self.timeline is None:  # the player is stopped, but may start at any time
            return self.deck.head >= first + BEFORE_PLAY_TICKS
        if not self.is_playing or self.deck.head <= first:
            return False
        return self._clock() + self.horizon.tick_seconds > starts(first, self.timeline) - SAFE_SECONDS

    def _begin_pass(self) -> None:
        stale = self.deck.stale_from
        # A tick began before the pass could replace it. Compose from there again, without the change to that tick.
        is_late = self._resend_from is not None and stale is not None and stale < self.deck.next_tick
        if is_late or self._is_pass_due():
            self._resend(self.deck.rewind())

    def _end_pass(self) -> None:
        first = max(self._resend_from or 0, self.deck.next_tick)
        self._resend_from = None
        self._send_ticks(first)
        now = self._clock()
        self._rest_until = now + _REST_SHARE * min(now - self._pass_began, 2 * self.horizon.pass_seconds())

    def _composed_tick(self, result: Ticked | Failure) -> None:
        if isinstance(result, Failure):
            self._forgo(result.error)
            return
        if (
            self._is_behind and self.deck.head <= self.deck.next_tick
        ):  # the tick was composed too late to be sent
            self.deck.keep_acted(self._revisions.settled)
        self._good += 1
        if self._good >= TICKS_PER_BAR:  # then the next fault is logged again
            self._faults = 0
        self.horizon.measured(self._clock() - self._began)
        if self.deck.head > self._newest:
            self._newest = self.deck.head
            self._composed(result)

    def _forgo(self, error: Exception) -> None:
        self.forgone += 1
        self._faults, self._good = self._faults + 1, 0
        if self._faults <= _FAULTS_TOLD:
            _log.error("tick %d could not be composed; it stays silent", self.deck.head, exc_info=error)
        if self.deck.is_forgone(self.deck.head):
            raise error  # even a silent tick fails: another composer must continue
        self.deck.accept(Forgo(), self.deck.head)

    def _send_ticks(self, first: int) -> None:
        known = (self.deck.ticked(tick) for tick in range(first, self.deck.head))
        composed = [ticked for ticked in known if ticked is not None]
        if not composed:
            return
        revision, base = self._revisions.issue(first)
        self.deck.journal.send(revision, [entry for ticked in composed for entry in ticked.entries])
        ticks = tuple(notes_of(ticked) for ticked in composed)
        self._send(Revise(self.deck.course, revision, base, first, ticks))
        self._sent_end = self.deck.head


def notes_of(ticked: Ticked) -> TickNotes:
    """Return a composed tick as a message for the player."""
    composed = ticked.composed
    return TickNotes(composed.tick, composed.notes, ticked.parameters.tempo, ticked.release, composed.effects)
