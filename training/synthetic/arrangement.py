"""Choose the layers of each phrase of eight bars, from the intro to the outro."""

import random
from typing import Final, NamedTuple

PULSE: Final = frozenset({"kick"})
TOPS: Final = frozenset({"open_hat", "closed_hat"})
BACK: Final = frozenset({"clap", "snare"})
COLOUR: Final = frozenset({"rim", "tom", "ride"})


class Phrase(NamedTuple):
    """Eight bars: their section, the layers that sound, and their ending (fill, hush or none)."""

    section: str
    layers: frozenset[str]
    ends: str = "fill"


def arrange(dice: random.Random) -> list[Phrase]:
    """Return intro, build, drop, break, build, drop and outro in phrases of eight bars."""
    return [
        *_intro(dice),
        *_build(dice),
        *_drop(dice, dice.choice((2, 2, 3, 4))),
        *_break(dice),
        *_build(dice),
        *_drop(dice, dice.choice((2, 3, 4))),
        *_outro(dice),
    ]


def _intro(dice: random.Random) -> list[Phrase]:
    first = PULSE | dice.choice((TOPS, frozenset({"closed_hat"}), COLOUR))
    second = first | TOPS | dice.choice((BACK, frozenset({"bass"}), BACK | {"bass"}))
    return [Phrase("intro", first), Phrase("intro", second)][-dice.choice((1, 2, 2)) :]


def _build(dice: random.Random) -> list[Phrase]:
    harmony = dice.choice((frozenset({"pad"}), frozenset({"pad", "arp"}), frozenset({"stabs", "arp"})))
    return [Phrase("build", harmony | {"roll", "early_kick"} | dice.choice((frozenset(), TOPS)), "hush")]


def _drop(dice: random.Random, phrases: int) -> list[Phrase]:
    base = PULSE | TOPS | BACK | {"bass", "stabs"}
    grown = base | {"lead"} | dice.choice((COLOUR, COLOUR | {"arp"}, frozenset({"arp"})))
    every = [
        base | dice.choice((frozenset({"lead"}), COLOUR)),
        grown,
        grown | {"second"},
        base | {"second", "arp"},
    ]
    return [Phrase("drop", layers) for layers in every[:phrases]]


def _break(dice: random.Random) -> list[Phrase]:
    first = Phrase("break", frozenset({"pad", dice.choice(("lead", "arp"))}), "none")
    second = Phrase(
        "break", frozenset({"pad", "lead", "long_bass"}) | dice.choice((frozenset(), TOPS)), "none"
    )
    return [first, second][: dice.choice((1, 2, 2))]


def _outro(dice: random.Random) -> list[Phrase]:
    first = PULSE | TOPS | BACK | {"bass"}
    last = PULSE | dice.choice((TOPS, COLOUR | {"closed_hat"}))
    return [Phrase("outro", first), Phrase("outro", last, "none")][: dice.choice((1, 2, 2))]
