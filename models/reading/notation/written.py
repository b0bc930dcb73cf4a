"""A score as it is written, before its repeats are played: what all readers of scores return."""

from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from models.take import Key

Value = TypeVar("Value")

# Velocities of dynamic marks; a score without any is played mezzo forte.
MEZZO_FORTE: Final = 80
DYNAMICS: Final = {
    "pppp": 10, "ppp": 16, "pp": 33, "p": 49, "mp": 64, "mf": MEZZO_FORTE, "f": 96, "ff": 112, "fff": 124,
    "ffff": 127, "fp": 96, "sf": 112, "sfz": 112, "sffz": 120, "fz": 112, "rf": 104, "rfz": 104,
}  # fmt: skip


def transposed(key: Key, semitones: int) -> Key:
    """The key that sounds where music in `key` is moved; of two names for it the one with fewer signs."""
    return key._replace(sharps=(key.sharps + 7 * semitones + 5) % 12 - 5) if semitones % 12 else key


class Note(NamedTuple):
    """A written note. `at` and `length` are in pulses, `at` from the beginning of its bar; `pitch` is what sounds.

    `grace` is 0, or the place of a grace note among those before one note, counted from 1. A note with `ties_back`
    goes on a note that has `ties_on`, where both meet at one pitch.
    """

    at: float
    length: float
    pitch: int
    velocity: int = MEZZO_FORTE
    voice: str = ""
    grace: int = 0
    ties_back: bool = False
    ties_on: bool = False


@dataclass(slots=True)
class Marks:
    """What a bar says about the order in which bars are played; see `repeats.play_order`.

    `times` is how often the section that ends with this bar is played, 0 where no repeat sign ends it. `endings` are
    the passes in which a bar is played, empty for all. `jump` is where a D.C. or D.S. at the bar's end leads.
    """

    forward: bool = False
    times: int = 0
    endings: frozenset[int] = frozenset()
    jump: str = ""
    segno: bool = False
    fine: bool = False
    to_coda: bool = False
    coda: bool = False

    def end(self, passes: frozenset[int]) -> None:
        """The bar belongs to an ending of these passes, too; the same set is kept once for many bars."""
        if not passes <= self.endings:
            self.endings = self.endings | passes if self.endings else passes


CAPO: Final = "capo"
SEGNO: Final = "segno"


@dataclass(slots=True)
class Bar:
    """A bar of all parts: its `length` in pulses as its longest voice fills it, 0 where nothing is written.

    `is_full` tells that a part that plays fills its metre, so that one which is longer is written wrongly.
    `metre` is (beats, unit) where one is written. `is_continued` marks a bar that the score does not count as one, such
    as an upbeat: parts without notes often rest for a whole bar there, so that `rests` tell its length only where no
    part plays.
    """

    length: float = 0.0
    rests: float = 0.0
    is_full: bool = False
    metre: tuple[int, int] | None = None
    marks: Marks = field(default_factory=Marks)
    is_continued: bool = False


class Signs(dict[int, list[tuple[float, Value]]], Generic[Value]):
    """Values by bar, each with its place in pulses from the bar's beginning."""

    def __init__(self) -> None:
        super().__init__()
        self._taken: set[tuple[int, float]] = set()

    def put(self, bar: int, at: float, value: Value) -> None:
        """Add one."""
        self.setdefault(bar, []).append((at, value))

    def put_first(self, bar: int, at: float, value: Value) -> None:
        """Add one, unless this method has added one at that place before."""
        if (bar, at) not in self._taken:
            self._taken.add((bar, at))
            self.put(bar, at, value)


@dataclass
class Staff:
    """What one instrument plays: the notes of each bar that has any, and its changes of program."""

    name: str
    is_drums: bool = False
    channel: int | None = None
    program: int = 0
    bars: dict[int, list[Note]] = field(default_factory=dict)
    programs: Signs[int] = field(default_factory=Signs)

    def play_from(self, bar: int, at: float, program: int) -> None:
        """Another program from there on; before any note it is the program to begin with."""
        if self.bars:
            self.programs.put(bar, at, program)
        else:
            self.program = program

    def bar(self, index: int) -> list[Note]:
        """The notes of a bar, to add to."""
        return self.bars.setdefault(index, [])


@dataclass
class Written:
    """A whole score. `sections` are bars (from, to before) in the order in which the score wants them played."""

    title: str = ""
    bars: list[Bar] = field(default_factory=list)
    staves: list[Staff] = field(default_factory=list)
    tempos: Signs[float] = field(default_factory=Signs)
    keys: Signs[Key] = field(default_factory=Signs)
    texts: Signs[str] = field(default_factory=Signs)
    sections: list[tuple[int, int]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _remarked: set[str] = field(default_factory=set)

    def bar(self, index: int) -> Bar:
        """A bar, made where there is none yet."""
        while len(self.bars) <= index:
            self.bars.append(Bar())
        return self.bars[index]

    def remark(self, text: str, about: str = "") -> None:
        """Tell once what was ignored or mended; of the remarks about one thing only the first."""
        if (about or text) not in self._remarked:
            self._remarked.add(about or text)
            self.remarks.append(text)
