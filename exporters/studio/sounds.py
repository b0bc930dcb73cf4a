"""The instruments as data (`models/sounds.json`), which the panel's scripts read too."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

from msgspec import Struct, convert, field, json

from models.effects import EFFECTS
from models.notes import VOICES

STRIPS: Final = (*VOICES, EFFECTS)
"""The strips of the mixing desk: the voices, and risers and impacts."""
Shape = Literal["saw", "square", "triangle", "sine", "pulse"]
FilterKind = Literal["lowpass", "highpass", "bandpass"]


class Wave(Struct, frozen=True, forbid_unknown_fields=True):
    """One oscillator, or `voices` of them over `cents`, spread over the stereo image by `width` (0 to 1)."""

    shape: Shape
    voices: int = 1
    cents: float = 0.0
    width: float = 0.0
    octave: int = 0
    ratio: float = 1.0
    duty: float = 0.5
    level: float = 1.0


class Tone(Struct, frozen=True, forbid_unknown_fields=True):
    """A melodic instrument. Times are in seconds; `cutoff` falls from its second to its first value in Hz, by `sweep`.

    `wobble` is a swing of the filter: times a beat, and octaves. `phase` 0 lets every note begin at the same phase.
    """

    waves: tuple[Wave, ...]
    cutoff: tuple[float, float]
    q: float
    sweep: float
    attack: float
    decay: float
    sustain: float
    release: float
    wobble: tuple[float, float] = (0.0, 0.0)
    phase: float = 1.0


class Layer(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a hit: a falling tone, noise (a seed), or metal (a factor of its pitches)."""

    wave: Shape | None = None
    noise: int | None = None
    metal: float | None = None
    start: float = field(default=0.0, name="from")
    to: float = 0.0
    sweep: float = 1.0
    filter: tuple[FilterKind, float, float] | None = None
    at: float = 0.0
    attack: float = 0.001
    hold: float = 0.0
    decay: float = 0.1
    level: float = 1.0
    width: float = 0.0


class Hit(Struct, frozen=True, forbid_unknown_fields=True):
    """A drum, or the impact of a drop."""

    seconds: float
    layers: tuple[Layer, ...]
    drive: float = 0.0


class Strip(Struct, frozen=True, forbid_unknown_fields=True):
    """The place of a voice in the mix. Gain and sends are in dB; `pump` is what a kick leaves, how long, and the return."""

    gain: float
    highpass: float
    pump: tuple[float, float, float]
    room: float
    hall: float
    echo: float
    drive: float = 0.0
    tone: str = ""
    kit: str = ""


class Echo(Struct, frozen=True, forbid_unknown_fields=True):
    """The delay: its time in beats, and what each repetition keeps."""

    beats: float
    feedback: float
    highpass: float
    lowpass: float


class Space(Struct, frozen=True, forbid_unknown_fields=True):
    """The echoes. A reverb is its length, and the time constants of low and high sound, in seconds."""

    room: tuple[float, float, float]
    hall: tuple[float, float, float]
    echo: Echo


class Riser(Struct, frozen=True, forbid_unknown_fields=True):
    """The noise that rises before a drop."""

    gain: float
    hertz: tuple[float, float]
    q: float


class Sounds(Struct, frozen=True, forbid_unknown_fields=True):
    """All that `models/sounds.json` has. `ceiling` is the highest peak in dB, low enough for drops to be dense."""

    tones: Mapping[str, Tone]
    hits: Mapping[str, Hit]
    kits: Mapping[str, Mapping[str, str]]
    levels: Mapping[str, float]
    strips: Mapping[str, Mapping[str, Any]]
    genres: Mapping[str, Mapping[str, Any]]
    space: Space
    riser: Riser
    ceiling: float

    def strip(self, genre: str, voice: str) -> Strip:
        """Return the strip of a voice, or of `effects`, in a genre; any other name gives the usual one."""
        own = self.genres.get(genre, self.genres[""])
        gain = own["gains"][STRIPS.index(voice)]
        return convert({**self.strips[voice], **own.get(voice, {}), "gain": gain}, Strip)

    def kit(self, name: str) -> dict[str, Hit]:
        """Return the hits of a kit by drum. What a kit does not name is that of the kit `club`."""
        return {drum: self.hits[hit] for drum, hit in {**self.kits["club"], **self.kits[name]}.items()}

    def genre_of(self, programs: Mapping[str, int]) -> str:
        """Return the genre whose General MIDI programs fit best; files say their genre only by these."""

        def fit(genre: str) -> int:
            own = dict(zip(VOICES, self.genres[genre]["programs"], strict=True))
            return sum(own.get(voice) == program for voice, program in programs.items())

        return max(self.genres, key=fit)


@cache
def sounds() -> Sounds:
    """Return the instruments."""
    return json.decode(resources.files("models").joinpath("sounds.json").read_bytes(), type=Sounds)
