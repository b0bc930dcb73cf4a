"""The settings that every recipe has. Each system adds its own tables."""

import re
import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self

from msgspec import Meta, Struct, field

from models.codecs.base import STYLES
from models.codecs.demands import LARGEST_WIDTH
from models.manifest import PARTS

if TYPE_CHECKING:
    from training.music import Corpus, Gather
    from training.system import System

# The networks get the style as an input, except "other".
ALL_STYLES: Final = (*STYLES, "other")
UNSTATED: Final = "unstated"
# Every number of a recipe has bounds, so that a wrong one is refused before any music is read. NaN is outside all of them.
_MOST: Final = 10**9
Count = Annotated[int, Meta(ge=0, le=_MOST)]
Positive = Annotated[int, Meta(ge=1, le=_MOST)]
Size = Annotated[int, Meta(ge=1, le=LARGEST_WIDTH)]
SizeOrNone = Annotated[int, Meta(ge=0, le=LARGEST_WIDTH)]
Layers = Annotated[int, Meta(ge=1, le=16)]
Share = Annotated[float, Meta(ge=0, le=1)]
Dropout = Annotated[float, Meta(ge=0, lt=1)]
Rate = Annotated[float, Meta(gt=0, le=1)]
Weight = Annotated[float, Meta(ge=0, le=1000)]
Text = Annotated[str, Meta(min_length=1)]
_KINDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list of texts",
    "object": "a table",
}
_BOUNDS: Final = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}
_EXPECTED: Final = re.compile(r"Expected `(\w+)[^`]*`( of length)?(?: (>=|<=|>|<) (\S+))?")
_MOST_SHOWN: Final = 60


class RecipeError(Exception):
    """A missing or invalid recipe; the message says what to correct."""


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a recipe."""


class Source(Table, frozen=True):
    """A named collection of music with one style and one licence.

    `beats` names a file beside each song that lists its beats; `upbeats`: songs may begin with an unmarked upbeat.
    """

    name: str
    style: str
    teaches: tuple[str, ...]
    title: str
    licence: str
    credits: tuple[str, ...] = ()
    beats: str = ""
    upbeats: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError if the style or the networks are unknown."""
        if self.style not in ALL_STYLES or not self.teaches or not set(self.teaches) <= set(PARTS):
            raise ValueError(
                f"source {self.name} must have one of the styles {', '.join(ALL_STYLES)} and teach {' or '.join(PARTS)}"
            )

    @property
    def drums_alone(self) -> bool:
        """Whether it teaches only drums."""
        return self.teaches == ("percussion",)


class CorpusRules(Table, frozen=True):
    """Quality limits for files, and how often songs are used.

    Shares are parts of an epoch's ticks, by style; 0 means no balancing. `song_cap` is the largest part of one song.
    `synthetic_share` is the largest part of synthetic music in a style.
    """

    minimum_ticks: Count
    minimum_on_grid: Share
    four_on_the_floor_weight: Positive
    edm_share: Share = 0.0
    classical_share: Share = 0.0
    other_share: Share = 0.0
    song_cap: Share = 1.0
    synthetic_share: Rate = 1.0


class Synthetic(Table, frozen=True):
    """The number of songs made by rules, and the first seed; see `training.synthetic`."""

    songs: Count = 0
    seed: Count = 1


class BundleFacts(Table, frozen=True):
    """Facts for the bundle's manifest."""

    licence: Text


class BaseFit(Table, frozen=True, kw_only=True):
    """The training settings of any network."""

    learning_rate: Rate
    weight_decay: Weight
    epochs: Positive
    patience: Count
    # Those of the recipe's `ingredients` that an ablation switches off.
    without: tuple[str, ...] = ()


class Recipe(Table, frozen=True, kw_only=True, tag_field="kind"):
    """The fields of every recipe: its music, and the name and the licence of its bundle."""

    name: Text
    version: Text
    bundle: BundleFacts
    sources: tuple[Source, ...] = field(name="source", default=())
    corpus: CorpusRules
    fit: BaseFit
    synthetic: Synthetic = Synthetic()

    # The command that uses its bundle, and whether it must be trained by one process.
    use: ClassVar[str]
    alone: ClassVar[bool] = False

    @property
    def networks(self) -> tuple[str, ...]:
        """The names of its networks."""
        raise NotImplementedError

    @property
    def licence(self) -> str:
        """The licence of the bundle."""
        return self.bundle.licence

    def source_for(self, folder_name: str, style: str | None) -> Source:
        """Return the source of that name, or a new one of the given style (default EDM)."""
        for source in self.sources:
            if source.name == folder_name and style in (None, source.style):
                return source
        return Source(folder_name, style or "edm", PARTS, f"files in {folder_name}", UNSTATED)

    def ingredients(self, network: str) -> tuple[str, ...]:
        """Return the inputs and mechanisms of a network that `fit.without` can switch off."""
        del network
        return ()

    @property
    def hidden(self) -> Mapping[str, int]:
        """The hidden units of each network that has such a size."""
        return {}

    def sized(self, hidden: int) -> Self:
        """Return the recipe with `hidden` units in each network that has such a size."""
        del hidden
        return self

    def reader(self) -> "Gather | None":
        """Return what reads the music as this recipe's system needs it; None for what reads it as tokens."""
        return None

    def system(self, corpus: "Corpus[Any]") -> "System":
        """Return this recipe's system with a corpus. Raises TrainingError if the corpus has too little music."""
        raise NotImplementedError


def sentence(error: str, data: Any) -> str:
    """Return msgspec's message about a recipe's `data` as a sentence that names the table and the setting."""
    found = re.fullmatch(r"(.*?)(?: - at `\$\.?(.*)`)?", error, re.DOTALL)
    message, path = found.groups(default="") if found else (error, "")
    path = path.partition("[...]")[0]  # msgspec does not tell which value of a table it means
    for step in re.findall(r"\w+", path):
        data = data[int(step) if isinstance(data, list) else step]
    name = re.sub(r"\[.*?\]", "", path)
    if _EXPECTED.match(message):
        kind = "a list of tables" if name == "source" else _expected(message)
        return f"{name} is {_shown(data)}; it must be {kind}"
    where = f"[{name}]" if name else "the recipe"
    message = re.sub(r"Object missing required field `(.*)`", rf"{where} lacks \1", message)
    message = re.sub(r"Object contains unknown field `(.*)`", rf"{where} has no setting \1", message)
    return re.sub(r"Invalid (?:enum )?value (.*)", rf"{name} is \1, which is unknown", message)


def _expected(message: str) -> str:
    """Return the kind of value that msgspec's message expects, with the bound that is passed."""
    kind, is_length, sign, bound = _EXPECTED.findall(message)[0]
    if is_length:
        return f"{_KINDS[kind]} that is not empty"
    return f"{_KINDS[kind]} {_BOUNDS[sign]} {float(bound):g}" if sign else _KINDS[kind]


def _shown(value: Any) -> str:
    """Return a value for a message: not too long, however deeply it is nested."""
    short = reprlib.Repr()
    short.maxstring = short.maxlong = short.maxother = _MOST_SHOWN
    return short.repr(value)
