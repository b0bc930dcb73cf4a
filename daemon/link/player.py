"""The messages between the player and composer, gateway and standby."""

from typing import Final, Literal

from msgspec import Struct

from daemon.link.inputs import (
    ChangeSession,
    ClockIn,
    InputPorts,
    JoinSession,
    LeaveSession,
    NewInput,
    SessionState,
)
from daemon.link.timeline import Timeline
from models.effects import ControlRow, Effects
from models.notes import MAIN, Note, Voice
from models.take import SentRow

MOST_DECKS: Final = 64
"""The most decks that one player plays, `main` included."""

ClockSource = Literal["internal", "midi", "link"]
MidiServer = Literal["runs", "stands still", "unknown"]
TransportAction = Literal["play", "continue", "stop", "panic"]


class TickNotes(Struct, frozen=True):
    """One composed tick: its notes, its tempo in BPM, the voices in `release`, and its effects, if it has any.

    The earlier notes of a released voice end at its first note of the tick, or else at the tick's start. `effects` apply
    from the tick's start on; a tick without them ends those of the tick before.
    """

    tick: int
    notes: tuple[Note, ...]
    tempo: float
    release: tuple[Voice, ...] = ()
    effects: Effects | None = None


class DeckMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message about one deck."""

    deck: str = MAIN


class Revise(DeckMessage, frozen=True, tag=True):
    """All ticks of `course` from `from_tick` on. They replace those that the player holds.

    The player takes all of it if `base` is the last revision taken and `from_tick` has not begun; else it refuses all.
    """

    course: int
    revision: int
    base: int
    from_tick: int
    ticks: tuple[TickNotes, ...]


class Transport(DeckMessage, frozen=True, tag=True):
    """Play `course` from tick 0, continue, stop, or silence every note.

    `lead_seconds` is the least time before tick 0, for systems that cannot compose the first ticks as fast as they sound.
    Clicks are played for `count_in` bars before it, unless the song of a foreign clock says when it comes.
    """

    action: TransportAction
    course: int = 0
    lead_seconds: float = 0.0
    count_in: int = 0


class TakeOver(DeckMessage, frozen=True, tag=True):
    """Continue for a player that has died: in phase on `timeline`, or stopped if `timeline` is None.

    The next tick is `start_tick` or the first later one that can still be played. `hanging` are the
    (channel, pitch) notes that the dead player may have left sounding. Music that `waits` begins with the foreign clock.
    """

    course: int
    start_tick: int
    timeline: Timeline | None
    hanging: tuple[tuple[int, int], ...] = ()
    waits: bool = False


class Tempo(DeckMessage, frozen=True, tag=True):
    """The tempo of the MIDI clock in BPM, while the player is stopped."""

    tempo: float


class Mute(DeckMessage, frozen=True, tag=True):
    """End these voices' notes now, and start no note of them before `until_tick`."""

    voices: tuple[Voice, ...]
    until_tick: int


class Silence(DeckMessage, frozen=True, tag=True):
    """End the (channel, pitch) notes that another player may have left sounding, but none of this player's."""

    notes: tuple[tuple[int, int], ...]


class AddDeck(Struct, frozen=True, tag=True, omit_defaults=True):
    """Open two virtual ports for a deck, and play it with a time of its own; `tempo` is in BPM.

    The player answers Attached, also if it has this deck already, or NoDeck. It obeys the deck's messages from then on,
    even before it answers.
    """

    deck: str
    midi_clock: bool
    tempo: float


class RemoveDeck(Struct, frozen=True, tag=True):
    """Silence a deck and close its ports. The player ignores later messages for it."""

    deck: str


class SendPrograms(Struct, frozen=True, tag=True):
    """Send program, volume and pan to these ports again."""

    ports: tuple[str, ...]


class PortNames(Struct, frozen=True, tag=True):
    """The full names of the MIDI ports that exist now."""

    names: tuple[str, ...]


class ServerState(Struct, frozen=True, tag=True):
    """Whether the MIDI system takes what is sent."""

    server: MidiServer


class Received(DeckMessage, frozen=True, tag=True):
    """The composer has stored every `Sent` up to `number`."""

    number: int


class SetClock(Struct, frozen=True, tag=True, omit_defaults=True):
    """Change what leads the time: the source, what is played so many ms later (or earlier) for good, or once.

    `tempo` is a new tempo for a Link session, in BPM. `delays` are milliseconds by which voices are played later than the
    others; negative ones are played earlier.
    """

    source: ClockSource | None = None
    offset_ms: float | None = None
    nudge_ms: float = 0.0
    tempo: float | None = None
    delays: dict[Voice, float] | None = None


class Quit(Struct, frozen=True, tag=True):
    """Silence all notes and end."""


class Attached(DeckMessage, frozen=True, tag=True):
    """The position and state of a deck: the player's first message on a link, once for each deck, main first.

    If a deck fails, the player starts it anew, stopped and without ticks, and sends this message again. `revision` is the
    last revision taken, `next_tick` the first tick of `course` that has not begun, `first_missing` the first tick that the
    player does not hold. `sounding` are (channel, pitch) notes, `ports` the ports of all decks.
    """

    course: int
    revision: int
    next_tick: int
    first_missing: int
    is_playing: bool
    timeline: Timeline
    sounding: tuple[tuple[int, int], ...]
    ports: dict[str, str]
    api: str

    @property
    def is_new(self) -> bool:
        """Whether this player has played nothing of the deck yet."""
        return not (self.course or self.revision)


class Taken(DeckMessage, frozen=True, tag=True):
    """The player took the revision."""

    revision: int


class Refused(DeckMessage, frozen=True, tag=True):
    """The player refused the revision: it came too late, or does not build on the last one taken."""

    revision: int


class Began(DeckMessage, frozen=True, tag=True):
    """A tick began."""

    course: int
    tick: int
    timeline: Timeline


class Moved(DeckMessage, frozen=True, tag=True):
    """The player began to play at `tick`, after `count_in` bars of clicks, or stopped before it."""

    course: int
    state: Literal["playing", "stopped"]
    tick: int
    count_in: int = 0


class Sent(DeckMessage, frozen=True, tag=True):
    """Messages of notes and effects that were sent, and how late MIDI clocks were, in µs.

    `number` counts these reports.
    """

    number: int
    rows: tuple[SentRow, ...]
    late_us: tuple[int, ...]
    controls: tuple[ControlRow, ...] = ()


class Underrun(DeckMessage, frozen=True, tag=True):
    """A tick began that the player does not hold."""

    tick: int


class Located(DeckMessage, frozen=True, tag=True):
    """Tick `tick` is at sixteenth `position` of the song of a foreign clock."""

    tick: int
    position: int


class Wanted(DeckMessage, frozen=True, tag=True):
    """A foreign clock has started: play from tick 0."""

    action: Literal["play"]


class ClockState(Struct, frozen=True, tag=True):
    """What leads the time: the chosen source, and the one that leads now.

    `is_locked` is False while the chosen source is not heard, `runs` whether its transport runs (None if that is unknown).
    `tempo` is that of the main deck, in BPM. `peers` is the number of others in a Link session. `delays` are those of the
    voices, in ms. `nudged_ms` are the nudges since the source was chosen. Ticks begin `ahead_seconds` before they are heard.
    `song` has the times of the pulses of a foreign song; while its transport is stopped, `origin_pulse` is where it will
    continue. `is_heir` is True after Inherit.
    """

    source: ClockSource
    leader: ClockSource
    is_locked: bool
    runs: bool | None
    tempo: float
    offset_ms: float
    peers: int = 0
    delays: dict[Voice, float] = {}
    nudged_ms: float = 0.0
    ahead_seconds: float = 0.0
    song: Timeline | None = None
    is_heir: bool = False


class Inherit(Struct, frozen=True, tag=True):
    """Lead the time as a dead player did, whose last state was `clock`. It comes before the decks' TakeOver."""

    clock: ClockState


class NoDeck(Struct, frozen=True, tag=True):
    """The player does not play this deck, or no longer; `why` is a sentence for the user."""

    deck: str
    why: str


class Ports(Struct, frozen=True, tag=True, omit_defaults=True):
    """The state of each port of all decks, in words, the MIDI system in use ("" for none), and the decks beside main.

    `server` says whether the MIDI system takes what is sent, `inputs` is the state of each input port.
    """

    ports: dict[str, str]
    api: str
    decks: tuple[str, ...] = ()
    server: MidiServer = "unknown"
    inputs: dict[str, str] = {}


ToDeck = Revise | Transport | TakeOver | Tempo | Mute | Silence | Received
"""The messages that the performance of one deck obeys."""

ToPlayer = (
    ToDeck
    | AddDeck
    | RemoveDeck
    | SendPrograms
    | PortNames
    | ServerState
    | InputPorts
    | ClockIn
    | SessionState
    | NewInput
    | SetClock
    | Inherit
    | Quit
)
ToStandby = Ports | InputPorts
FromPlayer = (
    Attached
    | NoDeck
    | Taken
    | Refused
    | Began
    | Moved
    | Located
    | Wanted
    | ClockState
    | Sent
    | Underrun
    | Ports
    | JoinSession
    | LeaveSession
    | ChangeSession
)
