"""A bar's plan: the director makes it, and the networks take it as input."""

from typing import Final, NamedTuple

from models.notes import TICKS_PER_BAR

# A part's row of a form: whether the bar repeats the bars 1, 2, 4 and 8 bars before it, and the recalled bar.
Repeats = tuple[bool, ...]
# The kick's level that means a kick on every beat.
FOUR_ON_THE_FLOOR: Final = 2
# The level or number of what the director leaves to the networks, or a given plan to the director.
UNSTATED: Final = -1
# The strike that means that bass and chords begin their notes together.
TOGETHER: Final = 3


class BarPlan(NamedTuple):
    """One bar's plan, in the common key (C major, A minor). The networks decide every value that is unstated."""

    section: str
    # Pitch classes of each half bar as a 12-bit mask; 0 is unstated.
    harmony: tuple[int, int]
    # Levels 0..5 of bass, chords, lead, see `models.codecs.plan.VOICE_BOUNDS`; 0 is silent.
    voices: tuple[int, int, int]
    # Levels 0..3 of the nine drums, see `models.codecs.plan.DRUM_BOUNDS`; 0 is silent.
    drums: tuple[int, ...]
    energy: float
    # The bass's pitch class in each half bar; -1 is unstated.
    roots: tuple[int, int] = (-1, -1)
    # Note lengths of bass, chords, lead: 1 short, 2 medium, 3 long; 0 is unstated.
    lengths: tuple[int, int, int] = (0, 0, 0)
    # The lead's register, 1..4 from low to high; 0 is unstated.
    register: int = 0
    # How many notes a chord has, 1..4; 0 is unstated.
    thickness: int = 0
    # The lead's height in each half bar, 1..12 from low to high, and its range, 1..4; 0 is unstated.
    heights: tuple[int, int] = (0, 0)
    span: int = 0
    # How far bass and chords strike together: 1 apart, 2 partly, 3 together; 0 is unstated.
    strike: int = 0
    # The genre, an index of `models.genres.NAMES`; -1 is unstated. The drums' beat, an index of `models.genres.BEATS`,
    # -1 if unstated.
    genre: int = -1
    beat: int = -1
    # Whether bass, chords and lead have the rhythm of earlier bars; None is unstated.
    rhythms: tuple[Repeats, ...] | None = None
    # How many bars back each of the seven parts recalls the song; 0 is nothing. Empty: no part recalls anything.
    recall: tuple[int, ...] = ()
    # How many bars back recall may reach by itself: the bars of the track so far.
    reach: int = 0
    # One row for each of bass, chords, lead, and for each of kick, backbeat, hats, colour; None is unstated.
    tune_form: tuple[Repeats, ...] | None = None
    drum_form: tuple[Repeats, ...] | None = None
    # How many semitones above the common key the bar sounds.
    key: int = 0
    # How many bars of the section follow this one, and the next section's name: 0 and "" while it is not known.
    bars_left: int = 0
    next_section: str = ""
    # How many bars of the section lie before this one; 0 while the next section is not known.
    bars_before: int = 0
    # The weight of each genre, if the bar blends two; empty: `genre` alone.
    genres: tuple[float, ...] = ()
    # The sixteenths at which bass, chords and lead begin notes, as 16-bit masks, before the sixteenth `free_from`; 0 is
    # unstated. Empty: all are.
    strikes: tuple[int, ...] = ()
    free_from: int = TICKS_PER_BAR

    @property
    def four_on_the_floor(self) -> bool:
        """Whether the plan has a kick on every beat."""
        return self.drums[0] == FOUR_ON_THE_FLOOR

    def progress(self, tick: int) -> float:
        """Return how much of the section lies before a tick of this bar: 0 at its first tick, rising towards 1."""
        bars = self.bars_before + 1 + self.bars_left
        return (self.bars_before + tick % TICKS_PER_BAR / TICKS_PER_BAR) / bars
