"""A score as it is written, before its repeats are played. All readers of scores return this."""

from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from models.take import Key

Value = TypeVar("Value")

# Velocities of dynamic marks. A score without marks is played mezzo forte.
MEZZO_FORTE: Final = 80
DYNAMICS: Final = {
    "pppp": 10, "ppp": 16, "pp": 33, "p": 49, "mp": 64, "mf": MEZZO_FORTE, "f": 96, "ff": 112, "fff": 124,
    "ffff": 127, "fp": 96, "sf": 112, "sfz": 112, "sffz": 120, "fz": 112, "rf": 104, "rfz": 104,
}  # fmt: skip


def transposed(key: Key, semitones: int) -> Key:
    """Return the key after moving music in `key` by `semitones`. If it has two names, return the one with fewer signs."""
    return key._replace(sharps=(key.sharps + 7 * semitones + 5) % 12 - 5) if semitones % 12 else key


class Note(NamedTuple):
    """A written note. `at` and `length` are in pulses, `at` counts from the beginning of the bar; `pitch` is as it sounds.

    `grace` is 0, or the number of a grace note among those before one main note, counted from 1. A note with `ties_back`
    continues a note of the same pitch that has `ties_on` and ends where it begins.
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
    """The marks of a bar that set the order of playing; see `repeats.play_order`.

    `times` is how often the section that ends with this bar is played, or 0 if no repeat sign ends it. `endings` are the
    passes in which the bar is played; empty means all. `jump` is the target of a D.C. or D.S. at the bar's end.
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
        """Add the bar to an ending of these passes. Bars share one set object if they can, which saves memory."""
        if not passes <= self.endings:
            self.endings = self.endings | passes if self.endings else passes


CAPO: Final = "capo"
SEGNO: Final = "segno"


@dataclass(slots=True)
class Bar:
    """A bar of all parts. `length` is the length of its longest voice in pulses, or 0 if nothing is written.

    `is_full` means that a part with notes fills the metre; then a longer part is an error in the score. `metre` is
    (beats, unit) if one is written. `is_continued` marks a bar that the score does not count, such as an upbeat. There
    parts without notes often rest for a whole bar, so `rests` (in pulses) gives the length only if no part plays.
    """

    length: float = 0.0
    rests: float = 0.0
    is_full: bool = False
    metre: tuple[int, int] | None = None
    marks: Marks = field(default_factory=Marks)
    is_continued: bool = False


class Signs(dict[int, list[tuple[float, Value]]], Generic[Value]):
    """Values by bar, each with its position in pulses from the bar's beginning."""

    def __init__(self) -> None:
        super().__init__()
        self._taken: set[tuple[int, float]] = set()

    def put(self, bar: int, at: float, value: Value) -> None:
        """Add a value."""
        self.setdefault(bar, []).append((at, value))

    def put_first(self, bar: int, at: float, value: Value) -> None:
        """Add a value, unless this method already added one at that position."""
        if (bar, at) not in self._taken:
            self._taken.add((bar, at))
            self.put(bar, at, value)


@dataclass
class Staff:
    """The notes of one instrument by bar, and its program changes."""

    name: str
    is_drums: bool = False
    channel: int | None = None
    program: int = 0
    bars: dict[int, list[Note]] = field(default_factory=dict)
    programs: Signs[int] = field(default_factory=Signs)

    def play_from(self, bar: int, at: float, program: int) -> None:
        """Change the program from there on. Before the first note this sets the initial program."""
        if self.bars:
            self.programs.put(bar, at, program)
        else:
            self.program = program

    def bar(self, index: int) -> list[Note]:
        """Return the list of notes of a bar, to add notes to."""
        return self.bars.setdefault(index, [])


@dataclass
class Written:
    """A whole score. `sections` are bar ranges (first, stop) in the order of playing."""

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
        """Return a bar; create it and those before it if they do not exist yet."""
        while len(self.bars) <= index:
            self.bars.append(Bar())
        return self.bars[index]

    def remark(self, text: str, about: str = "") -> None:
        """Add a remark about something ignored or repaired. Only the first remark for each `about` is kept."""
        if (about or text) not in self._remarked:
            self._remarked.add(about or text)
            self.remarks.append(text)
