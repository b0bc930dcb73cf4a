"""What a tick network gets of the song: a recalled bar for each part, and what an older network gets in its place."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.drive import drive
from daemon.music.systems.edm.melody import MelodySystem
from daemon.music.systems.played import NOTHING
from daemon.music.systems.system import Ask, Cue, Steps
from daemon.parameters import Parameters
from models import bundle
from models.codecs import melody
from models.codecs.base import LAGS, LOOKBACK_BARS, RECALL
from models.codecs.condition import MELODY_COLUMNS
from models.codecs.recall import RECALL_BARS
from models.codecs.roles import SHAPES
from models.notes import TICKS_PER_BAR
from models.session import open_session
from tests.models.bundles import FORMAT_1
from tests.models.sessions import CPU
from tests.training import tiny

LEAD = 2
PLAN = BarPlan("drop", (145, 145), (3, 2, 3), (0,) * 9, 0.5, (0, 0))
FAR = 12
NEVER = (False,) * 5
Feeds = Mapping[str, NDArray[Any]]


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> MelodySystem:
    made = bundle.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny")))
    return MelodySystem(open_session(made, "melody", CPU).row())


@pytest.fixture(scope="module")
def old() -> MelodySystem:
    return MelodySystem(open_session(bundle.load(str(FORMAT_1 / "tiny")), "melody", CPU).row())


def cue(tick: int, plan: BarPlan) -> Cue:
    plans = (plan, *(PLAN if ago <= tick // TICKS_PER_BAR else None for ago in range(1, RECALL_BARS)))
    chance = np.random.default_rng(tick).random(200, np.float32)
    return Cue(tick, Parameters(), plans, plan, chance, NOTHING, NOTHING)


def spied(steps: Steps[Any], seen: list[Feeds]) -> Steps[Any]:
    """Run a computation and note what it asks."""
    ask = next(steps)
    while True:
        assert isinstance(ask, Ask)
        seen.append({name: np.array(array) for name, array in ask.feeds.items()})
        outputs = yield ask
        try:
            ask = steps.send(outputs)
        except StopIteration as end:
            return end.value


def played(system: MelodySystem, plan: BarPlan) -> tuple[NDArray[np.int64], Feeds]:
    """Play 16 bars; return all tokens, and what the network got at the first tick of bar 16, which has `plan`."""
    system.begin(1, 0)
    seen: list[Feeds] = []
    rows = []
    for tick in range(16 * TICKS_PER_BAR + 1):
        now = cue(tick, plan if tick >= 16 * TICKS_PER_BAR else PLAN)
        drive({None: spied(system.compose(now), seen)})
        rows.append(system._model.song.before(tick + 1))
    return np.array(rows), seen[-1]


def test_the_plan_names_the_bar_that_a_part_recalls(new: MelodySystem) -> None:
    recall, repeats = (0, 0, FAR, 0, 0, 0, 0), (NEVER, NEVER, (*NEVER[:4], True))
    tokens, got = played(new, PLAN._replace(recall=recall, reach=16, tune_form=repeats))
    now, lead = 16 * TICKS_PER_BAR, slice(*melody.LAYOUT.part_ranges[LEAD])
    assert (got["lookback"][RECALL, lead] == tokens[now - FAR * TICKS_PER_BAR, lead]).all()
    assert got["valid"][LEAD, RECALL]
    assert got["condition"][MELODY_COLUMNS["recall"]].tolist() == [0, 0, 1]
    for lag, bars in enumerate(LOOKBACK_BARS):
        assert (got["lookback"][lag] == tokens[now - bars * TICKS_PER_BAR]).all()


def test_a_part_that_keeps_only_the_rhythm_of_a_bar_hears_it_and_does_not_copy_it(new: MelodySystem) -> None:
    recall = (0, 0, FAR, 0, 0, 0, 0)
    tokens, got = played(new, PLAN._replace(recall=recall, reach=16, tune_form=(NEVER,) * 3))
    now, lead = 16 * TICKS_PER_BAR, slice(*melody.LAYOUT.part_ranges[LEAD])
    assert (got["lookback"][RECALL, lead] == tokens[now - FAR * TICKS_PER_BAR, lead]).all()
    assert not got["valid"][LEAD, RECALL]
    assert got["valid"][LEAD, :RECALL].all()


def test_without_reach_nothing_is_recalled(new: MelodySystem) -> None:
    _, got = played(new, PLAN)
    assert not got["lookback"][RECALL].any()
    assert not got["valid"][:, RECALL].any()
    _, got = played(new, PLAN._replace(reach=16))
    assert got["valid"][:, RECALL].any(), "the longest match of the track so far"


def test_a_network_without_recall_gets_the_recalled_bar_as_its_longest_lookback(old: MelodySystem) -> None:
    assert SHAPES[old._model.row.session.network.codec.name].lags == RECALL
    repeats = (NEVER, NEVER, (*NEVER[:4], True))
    tokens, got = played(old, PLAN._replace(recall=(0, 0, FAR, 0, 0, 0, 0), reach=16, tune_form=repeats))
    now, lead = 16 * TICKS_PER_BAR, slice(*melody.LAYOUT.part_ranges[LEAD])
    assert got["lookback"].shape == (RECALL, len(melody.LAYOUT.slots))
    assert (got["lookback"][-1, lead] == tokens[now - FAR * TICKS_PER_BAR, lead]).all()
    bass = slice(*melody.LAYOUT.part_ranges[0])
    assert (got["lookback"][-1, bass] == tokens[now - 8 * TICKS_PER_BAR, bass]).all()
    assert got["valid"][LEAD, -1]
    columns = SHAPES[old._model.row.session.network.codec.name].columns
    assert columns is not None
    lead_form = MELODY_COLUMNS["form"].start + LEAD * LAGS
    (place,) = np.flatnonzero(columns == lead_form + RECALL - 1)
    assert got["condition"][place] == 1, "the form says that the bar eight bars ago is repeated"
