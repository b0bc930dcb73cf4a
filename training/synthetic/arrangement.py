"""Choose the layers of each phrase of eight bars, from the intro to the outro."""

import random
from typing import Final, NamedTuple

PULSE: Final = frozenset({"kick"})
TOPS: Final = frozenset({"open_hat", "closed_hat"})
BACK: Final = frozenset({"clap", "snare"})
COLOUR: Final = frozenset({"rim", "tom", "ride"})
Layers = frozenset[str]


class Phrase(NamedTuple):
    """Eight bars: their section, the layers that sound, and their ending (fill, hush or none)."""

    section: str
    layers: Layers
    ends: str = "fill"


def arrange(dice: random.Random) -> list[Phrase]:
    """Return intro, build, drop, break, build, drop and outro. The second drop has the first one's lead and more drums."""
    harmony = dice.choice((frozenset({"pad"}), frozenset({"pad", "arp"}), frozenset({"stabs", "arp"})))
    base = PULSE | TOPS | BACK | {"bass", "stabs", "lead"}
    phrases = dice.choice((2, 2, 3, 4))
    return [
        *_intro(dice),
        *_build(harmony, dice),
        *_drop(base, phrases),
        *_break(dice),
        *_build(harmony, dice),
        *_drop(base | COLOUR, dice.choice((2, 2, phrases))),
        *_outro(dice),
    ]


def _intro(dice: random.Random) -> list[Phrase]:
    first = PULSE | dice.choice((TOPS, frozenset({"closed_hat", "open_hat", "rim"}), COLOUR))
    second = first | TOPS | dice.choice((BACK, frozenset({"bass"}), BACK | {"bass"}))
    return [Phrase("intro", first), Phrase("intro", second)][-dice.choice((1, 2, 2)) :]


def _build(harmony: Layers, dice: random.Random) -> list[Phrase]:
    return [Phrase("build", harmony | {"roll", "early_kick"} | dice.choice((frozenset(), TOPS)), "hush")]


def _drop(base: Layers, phrases: int) -> list[Phrase]:
    """Return a drop of two to four phrases: the hook, more of it, a phrase without it, and the hook again."""
    every = [base, base | {"rim"}, base - {"lead"} | COLOUR, base | COLOUR]
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


def drift(dice: random.Random) -> list[Phrase]:
    """Return the phrases of ambient music: layers come and go over long chords, without builds."""
    air = dice.choice((frozenset({"ride"}), frozenset({"rim", "ride"}), frozenset[str]()))
    full = frozenset({"kick", "closed_hat", "bass", "stabs"}) | air
    return [
        Phrase("intro", frozenset({"stabs"}) | air, "none"),
        Phrase("intro", frozenset({"stabs", "bass"}) | air, "none"),
        *[Phrase("drop", full | {"lead"}, "none")] * dice.choice((2, 3)),
        *[Phrase("break", frozenset({"stabs", dice.choice(("lead", "arp"))}), "none")] * dice.choice((1, 2)),
        *[Phrase("drop", full | {"lead", "rim"}, "none")] * dice.choice((2, 3)),
        Phrase("outro", frozenset({"stabs", "bass"}) | air, "none"),
    ]
