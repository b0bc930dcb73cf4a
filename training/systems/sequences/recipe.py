"""The recipes of `performance`, `jazz`, `pop` and `folk`: the music, the sizes and the training of one network."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from msgspec import Meta

from models.codecs.sequences import LONGEST_WINDOW, PART
from models.codecs.vocabulary import MOST_VALUES
from models.notes import MELODIC_VOICES, Voice
from training.recipe import BaseFit, Count, Dropout, Layers, Positive, Recipe, Size, SizeOrNone, Table

if TYPE_CHECKING:
    from training.music import Corpus, Gather
    from training.systems.sequences.songs import NotePiece
    from training.systems.sequences.system import Sequences

Optimiser = Literal["adam", "rmsprop"]
Values = Annotated[int, Meta(ge=0, le=MOST_VALUES)]
Window = Annotated[int, Meta(ge=1, le=LONGEST_WINDOW)]
_USUAL_VOICES: Final[tuple[Voice, ...]] = ("lead",)


class MusicRules(Table, frozen=True, kw_only=True):
    """Which music is used: the voices, and how many notes a song must have.

    `exact` refuses songs with times off the sixteenth grid; `any_metre` takes songs in any one metre, as one line. `songs`
    is the number of songs to train on, drawn by the MD5 of their paths; 0 takes all. `values` limits the vocabulary, and
    `least_uses` leaves rare values out. With `lead_alone` the lead of each song is learned a second time without the others.
    """

    voices: tuple[Voice, ...] = _USUAL_VOICES
    least_notes: Positive = 32
    exact: bool = False
    any_metre: bool = False
    songs: Count = 0
    values: Values = 0
    least_uses: Count = 1
    lead_alone: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError if a voice is unknown."""
        if not self.voices or not set(self.voices) <= set(MELODIC_VOICES):
            raise ValueError(f"music.voices must be some of {', '.join(MELODIC_VOICES)}")


class StreamSize(Table, frozen=True, kw_only=True, tag_field="kind", tag="stream"):
    """A network that reads one symbol at a time and keeps its state.

    `features` and `recalls` say whether it gets the state of the music, and symbols that it may copy; `tied`: input and
    output share the embedding. With `embedding` 0 symbols enter as one-hot vectors.
    """

    hidden: Size
    layers: Layers
    embedding: SizeOrNone = 0
    dropout: Dropout = 0.0
    features: bool = False
    recalls: bool = False
    tied: bool = False


class WindowSize(Table, frozen=True, kw_only=True, tag_field="kind", tag="window"):
    """A published network that reads a window of symbols anew for each next one.

    With `scalar` a symbol enters as one number from 0 to 1, else as a one-hot vector. `dense` is the size of a layer with
    batch normalisation before and after it; 0 leaves all of that out.
    """

    hidden: Size
    layers: Layers
    bidirectional: bool = False
    dropout: Dropout = 0.0
    recurrent_dropout: Dropout = 0.0
    scalar: bool = False
    dense: SizeOrNone = 0


class SequenceFit(BaseFit, frozen=True, kw_only=True):
    """The training: `epochs` of `steps` steps, each with `batch` sequences of `window` symbols."""

    optimiser: Optimiser = "adam"
    batch: Size
    window: Window
    steps: Positive
    # Whether the state of a stream is carried from window to window along a song; else windows are random snippets.
    carries: bool = True
    # Whether the rate falls to zero over the training; the published trainings kept it.
    decay: bool = True


class SequenceRecipe(Recipe, frozen=True, kw_only=True, tag="sequence"):
    """All settings of `edmd train` for one network that plays symbols."""

    system_name: Literal["performance", "jazz", "pop", "folk"]
    music: MusicRules = MusicRules()
    network: StreamSize | WindowSize
    fit: SequenceFit

    use: ClassVar[str] = "hear it with: edmd play -o model.melody="
    alone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raise ValueError if settings of different tables do not go together."""
        if isinstance(self.network, WindowSize) and self.network.dense and self.fit.batch < 2:
            raise ValueError("fit.batch must be at least 2, because network.dense normalises over a batch")

    @property
    def networks(self) -> tuple[str, ...]:
        """The name of its network."""
        return (PART,)

    def reader(self) -> "Gather":
        """Return what reads the music as notes."""
        from training.systems.sequences.system import gather  # noqa: PLC0415 - only training needs torch

        return gather

    def system(self, corpus: "Corpus[NotePiece]") -> "Sequences":
        """Return its network with its lessons. Raises TrainingError if there is no song to train on."""
        from training.systems.sequences.system import Sequences  # noqa: PLC0415 - only training needs torch

        return Sequences(self, corpus)
