"""Plans and sections made with the shipped bundle, for tests of the director."""

from functools import cache
from itertools import pairwise

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.set_form import Section, SetForm
from daemon.parameters import Parameters
from models import bundle
from models.arrangement import Arrangement
from models.codecs.percussion import DRUMS

PURE = Parameters(classical_mix=0.0)
FREE = Parameters(director=False, classical_mix=0.0)
KICK = DRUMS.index("kick")
# About how many hits a bar each level of a drum has.
HITS = (0, 2, 5, 11)
SETTINGS = [step / 10 for step in range(11)]


@cache
def learned() -> Arrangement:
    return bundle.load("edm").arrangement


def plans(seed: int, bars: int, parameters: Parameters, first: int = 0) -> list[BarPlan]:
    director = Director(seed, learned())
    return [director.plan(bar, parameters) for bar in range(first, first + bars)]


def set_form(seed: int, bars: int) -> list[Section]:
    made = SetForm(seed, learned().style("edm"))
    return list(dict.fromkeys(made.at(bar) for bar in range(bars)))


def rises(values: list[float], slack: float = 0.0) -> bool:
    """Whether values rise overall and no step falls by more than `slack`, a share of their range."""
    allowed = slack * (max(values) - min(values))
    return values[-1] > values[0] and all(b >= a - allowed for a, b in pairwise(values))
