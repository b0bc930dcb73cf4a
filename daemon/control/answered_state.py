"""The result of `state` as a type, and its parts, which telemetry has too."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from daemon.control.messages import ClockSource
from models.notes import Voice


def says(text: str) -> Meta:
    """Return what a key means, for Annotated."""
    return Meta(description=text)


Params = Annotated[dict[str, float | int | bool | str], says("values by name of the parameter")]


class TransportNow(Struct, forbid_unknown_fields=True):
    """Where the music is. While a foreign clock leads, the position is that of its song."""

    state: Literal["playing", "stopped"]
    tick: Annotated[int, says("sixteenths from the beginning, from 0")]
    bar: Annotated[int, says("from 0")]
    beat: Annotated[float, says("quarter notes from the beginning")]
    tempo: Annotated[float, says("BPM")]
    clock_source: Annotated[ClockSource, says("what leads the time now")]
    count_in: Annotated[int, says("bars that are counted in now, before the music; 0: none")]


class ClockNow(Struct, forbid_unknown_fields=True):
    """What leads the time."""

    source: Annotated[ClockSource, says("what was chosen")]
    leader: Annotated[ClockSource, says("what leads now")]
    locked: Annotated[bool, says("whether the chosen source is heard")]
    runs: Annotated[bool | None, says("whether its transport runs; null: not known")]
    peers: Annotated[int, says("how many others are in the Link session")]
    tempo: Annotated[float | None, says("BPM of a foreign clock or a Link session")]
    nudged: Annotated[
        float, says("ms by which nudges have moved edmd against a foreign clock, since it was chosen")
    ]
    offset: Annotated[float, says("ms by which edmd plays later")]
    delays: Annotated[dict[Voice, float], says("ms by which each voice is played later than the others")]


class Hearing(Struct, forbid_unknown_fields=True, kw_only=True):
    """How a deck listens to what is played in."""

    mode: Annotated[Literal["off", "call", "accompany"], says("as asked for last")]
    phase: Annotated[Literal["off", "call", "answer", "accompany"], says("what it does in this bar")]
    bars: Annotated[int, says("the length of calls and answers")]
    once: Annotated[bool, says("whether one answer ends it")]
    harmony: Annotated[bool, says("whether held chords lead the harmony (`chord_loop=played`)")]


class PendingChange(Struct, forbid_unknown_fields=True):
    """A parameter that glides or waits."""

    target: float | int | bool | str
    from_beat: float
    until_beat: float


class Coming(Struct, forbid_unknown_fields=True, kw_only=True):
    """A change of the music that waits for its beat and is no parameter."""

    what: Literal["seed", "model", "prime", "next", "fade", "listen"]
    effective_beat: float
    effective_bar: int
    seed: int | UnsetType = UNSET
    model: str | UnsetType = UNSET
    part: str | UnsetType = UNSET
    mode: Annotated[str | UnsetType, says("how it listens then")] = UNSET
    until_beat: Annotated[float | UnsetType, says("where a fade ends")] = UNSET


class BarPlan(Struct, forbid_unknown_fields=True):
    """The plan of a bar."""

    bar: int
    section: str
    genre: Annotated[str, says('"" if there is none')]
    bars_left: Annotated[int, says("bars of the section after this one")]
    next_section: Annotated[str, says('"" if it is not known')]
    key: str
    chords: Annotated[list[str], says("of the two halves of the bar, as they sound")]
    levels: Annotated[dict[str, int], says("by voice and drum: how busy it is, 0 is silent, 5 the most")]
    energy: Annotated[float, says("0 to 1")]


class Plan(BarPlan, forbid_unknown_fields=True):
    """The plan of the bar that sounds, and of the next one."""

    next: Annotated[BarPlan | None, says("null if it is not known")]


class Recording(Struct, forbid_unknown_fields=True):
    """The recording that runs; null if none does."""

    path: str | None
    seconds: float | None


class RecordingNow(Recording, forbid_unknown_fields=True):
    """The recording that runs, and whether a file is still being written."""

    saving: bool


class ModelsNow(Struct, forbid_unknown_fields=True):
    """The models in use, and all."""

    current: Annotated[str, says("the model of the melody")]
    parts: Annotated[dict[str, str], says("the model by part: plan, melody, percussion")]
    available: list[str]


class Provider(Struct, forbid_unknown_fields=True):
    """What runs the networks."""

    name: str
    why: Annotated[str, says("a sentence for people")]


class Figures(Struct, forbid_unknown_fields=True):
    """µs over the last ten seconds; null if there were none."""

    p50: float | None
    p99: float | None
    max: float | None


class Health(Struct, forbid_unknown_fields=True):
    """How well it runs."""

    lateness_us: Annotated[Figures, says("how late notes were sent")]
    step_us: Annotated[Figures, says("how long a tick took to compose")]
    underruns: Annotated[int, says("ticks that were not composed in time")]
    ticks: Annotated[int, says("ticks that were composed")]
    rss_bytes: Annotated[int | None, says("memory of the composer")]
    provider: str
    ports: Annotated[
        dict[str, str], says("the state of each output port, in words; with `midi`, why there is none")
    ]
    inputs: Annotated[dict[str, str], says("the state of each input port, in words")]
    midi_server: Annotated[
        Literal["runs", "stands still", "unknown"],
        says("whether the MIDI system takes what is sent; only JACK tells"),
    ]
    disk: Annotated[
        dict[str, str],
        says("what is not written to the disk, `recording` or `savepoints`, each with the reason"),
    ]
    uptime_seconds: float


class Song(Struct, forbid_unknown_fields=True):
    """A song of the gauge's training set."""

    title: str
    share: Annotated[float, says("0 to 1: how much the last bars resemble it")]


class Reading(Struct, forbid_unknown_fields=True):
    """The gauge's reading of the last bars."""

    bar: Annotated[int, says("the last of them")]
    edm: Annotated[float, says("0 to 1")]
    classical: Annotated[float, says("0 to 1")]
    songs: list[Song]


class Whole(Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole state of the deck, and of the daemon."""

    params: Params
    pending: Annotated[dict[str, PendingChange], says("by name of the parameter")]
    transport: TransportNow
    section: Annotated[str, says('"" before the first tick')]
    plan: Annotated[Plan | None, says("null before the first tick")]
    coming: list[Coming]
    seed: int
    recording: RecordingNow
    models: ModelsNow
    unheeded: Annotated[
        dict[str, str], says("the parameters that do not act on what plays, each with the reason")
    ]
    clock: ClockNow
    listening: Hearing
    ports: Annotated[
        dict[str, str], says("the state of each output port, in words; with `midi`, why there is none")
    ]
    midi: Annotated[str, says("the MIDI system in use, or `none`")]
    provider: Provider
    gauge: Annotated[Reading | None, says("null before the first reading")]
    health: Health
    control: Annotated[str, says("the address of the control socket")]
    telemetry: Annotated[str, says("the address of the telemetry socket")]
    osc: Annotated[str | UnsetType, says("HOST:PORT, if OSC is on")] = UNSET
