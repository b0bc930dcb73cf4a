"""The messages of all topics of telemetry as types; docs/protocol.md and its JSON Schema are made from them."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import UNSET, Struct, UnsetType

from daemon.control.answered_state import (
    ClockNow,
    Coming,
    Health,
    Hearing,
    Params,
    PendingChange,
    Plan,
    Reading,
    Recording,
    TransportNow,
    says,
)
from daemon.control.answers import Binding, BindingOptions
from models.notes import Voice

DeckName = Annotated[str | UnsetType, says("the name of the deck, if there are several")]


class NoteMessage(Struct, forbid_unknown_fields=True, kw_only=True):
    """Each note message that was sent."""

    beat: Annotated[float, says("where it belongs; below 0 in a count-in")]
    voice: Voice
    type: Literal["on", "off"]
    pitch: int
    velocity: int
    channel: Annotated[int, says("from 1")]
    lateness_us: Annotated[float, says("µs by which it was sent late")]
    deck: DeckName = UNSET


class EffectsNow(Struct, forbid_unknown_fields=True, kw_only=True):
    """The effects that apply during a tick."""

    filters: Annotated[
        Mapping[Voice, int], says("by voice: its low-pass filter, 0 is closed; others are open (64)")
    ]
    riser: Annotated[int, says("the height of the riser, 1 to 127; 0 if none sounds")]
    impact: Annotated[int, says("the velocity of the impact; 0 if none sounds")]


class TickMessage(Struct, forbid_unknown_fields=True, kw_only=True):
    """Each tick when it begins to sound."""

    tick: int
    bar: int
    beat: float
    tempo: Annotated[float, says("BPM")]
    section: str
    compose_us: Annotated[float, says("µs that it took to compose")]
    plan: Annotated[Plan | UnsetType | None, says("at the first tick of a bar, and when it has changed")] = (
        UNSET
    )
    effects: Annotated[EffectsNow | UnsetType, says("in builds and breaks, and where a drop begins")] = UNSET
    deck: DeckName = UNSET


class StateMessage(Struct, forbid_unknown_fields=True, kw_only=True):
    """Each change, at most ten times a second."""

    params: Params
    transport: TransportNow
    seed: int
    model: Annotated[str, says("the model of the melody")]
    parts: Annotated[dict[str, str], says("the model by part")]
    unheeded: Annotated[
        dict[str, str], says("the parameters that do not act on what plays, each with the reason")
    ]
    clock: ClockNow
    listening: Hearing
    recording: Recording
    pending: Annotated[dict[str, PendingChange], says("by name of the parameter")]
    coming: list[Coming]
    presets: Annotated[int, says("grows when presets or scenes were saved, renamed or deleted")]
    scene: Annotated[str, says('the scene that was loaded last; "" if none was')]
    deck: DeckName = UNSET
    decks: Annotated[list[str] | UnsetType, says("the names of all decks, if there are several")] = UNSET


class GaugeMessage(Reading, forbid_unknown_fields=True, kw_only=True):
    """Each bar: the gauge's reading of the last bars."""

    deck: DeckName = UNSET


class HealthMessage(Health, forbid_unknown_fields=True, kw_only=True):
    """Each second."""

    deck: DeckName = UNSET


class LearnMessage(BindingOptions, forbid_unknown_fields=True, kw_only=True):
    """What MIDI learn hears and does. With `bound` come the keys of the binding."""

    state: Literal["listening", "heard", "bound", "unassigned", "cancelled", "timed out"]
    param: Annotated[str | UnsetType | None, says("the parameter or action")] = UNSET
    seconds: Annotated[float | UnsetType, says("listening: how long")] = UNSET
    control: Annotated[str | UnsetType, says("heard, bound: the control")] = UNSET
    instead_of: Annotated[list[str] | UnsetType, says("bound: what the control did before")] = UNSET
    bindings: Annotated[list[Binding] | UnsetType, says("unassigned: what was unbound")] = UNSET
    origin: str | UnsetType = UNSET


class PlayedMessage(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is played in, as it changes, at most 25 times a second."""

    beat: Annotated[float, says("when it was played")]
    held: Annotated[list[int], says("the held pitches, from low to high")]
    chord: Annotated[str, says('the chord that is held; "" if there is none')]
    deck: DeckName = UNSET


PUBLISHED: Final[Mapping[str, type[Struct]]] = {
    "note": NoteMessage,
    "tick": TickMessage,
    "state": StateMessage,
    "gauge": GaugeMessage,
    "health": HealthMessage,
    "learn": LearnMessage,
    "played": PlayedMessage,
}
