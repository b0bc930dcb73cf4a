"""What a bar is to hold: the director says it, the networks are told it."""

from typing import Final, NamedTuple

# A part's row of a form: whether the bar repeats the bar 1, 2, 4 and 8 bars ago.
Repeats = tuple[bool, ...]
# The level of kick that means one on every beat.
FOUR_ON_THE_FLOOR: Final = 2


class BarPlan(NamedTuple):
    """One bar's plan, in the common key (C major, A minor); what is unstated is left to the networks."""

    section: str
    # Pitch classes of each half bar as a 12-bit mask; 0 is unstated.
    harmony: tuple[int, int]
    # Levels 0..5 of bass, chords, lead: `models.codecs.plan.VOICE_BOUNDS`; 0 is silent.
    voices: tuple[int, int, int]
    # Levels 0..3 of the nine drums: `models.codecs.plan.DRUM_BOUNDS`; 0 is silent.
    drums: tuple[int, ...]
    energy: float
    # The bass's pitch class in each half bar; -1 is unstated.
    roots: tuple[int, int] = (-1, -1)
    # 1 short, 2 medium, 3 long for bass, chords, lead; 0 is unstated.
    lengths: tuple[int, int, int] = (0, 0, 0)
    # Of the lead, 1..4 from low to high; 0 is unstated.
    register: int = 0
    # How many notes a chord has, 1..4; 0 is unstated.
    thickness: int = 0
    # For bass, chords, lead, and for kick, backbeat, hats, colour; None is unstated.
    tune_form: tuple[Repeats, ...] | None = None
    drum_form: tuple[Repeats, ...] | None = None
    # Semitones the bar sounds above the common key.
    key: int = 0
    # How many bars of the section follow, and what comes after it; empty where that is open.
    bars_left: int = 0
    next_section: str = ""

    @property
    def four_on_the_floor(self) -> bool:
        """Whether a kick is wanted on every beat."""
        return self.drums[0] == FOUR_ON_THE_FLOOR
