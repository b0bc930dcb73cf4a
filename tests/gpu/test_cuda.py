"""The networks on a device: states stay there, and what is chosen is what the CPU chooses."""

from typing import Final

import numpy as np
import pytest

from models import bundle
from models.bundle import Bundle
from models.manifest import PARTS
from models.session import Provider, ProviderError, Row, choose_provider, open_session
from models.stepping.device import DeviceSession
from tests.models.steps import every, feeds

TICKS: Final = 200
ROWS: Final = 4
# A device adds in another order, and in TF32: a uniform number on the edge between two tokens may fall aside.
MOST_OTHER_TOKENS: Final = 0.01


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    return bundle.load("edm")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def provider(request: pytest.FixtureRequest, shipped: Bundle) -> Provider:
    try:
        return choose_provider(request.param, shipped.model("percussion"))
    except ProviderError as error:
        pytest.skip(str(error))


def session_on(shipped: Bundle, part: str, provider: Provider) -> DeviceSession:
    """Open a session for a device; CUDA replays captured graphs."""
    captures = provider.device == "cuda"
    return DeviceSession(shipped.model(part), shipped.network(part), provider, ROWS, captures)


def play(rows: list[Row], part: str) -> list[list[list[int]]]:
    """Return the tokens of the rows at each tick. The last row pauses at every third tick."""
    rng, session = np.random.default_rng(0), rows[0].session
    valid = every(part, session)
    played = []
    for tick in range(TICKS):
        asked = rows[:-1] if tick % 3 == 0 else rows
        outputs = session.step({row.index: feeds(part, rng, session, valid=valid) for row in asked})
        played.append([outputs[row.index]["tokens"].tolist() for row in asked])
    return played


@pytest.mark.parametrize("part", PARTS)
def test_states_stay_on_the_device_and_tokens_are_the_cpus(
    part: str, provider: Provider, shipped: Bundle
) -> None:
    session = session_on(shipped, part, provider)
    before = [list(states) for states in session._sets]
    rows = [session.row() for _ in range(ROWS)]
    played = play(rows, part)
    for turn, states in enumerate(session._sets):
        for state, wanted in zip(states, before[turn], strict=True):
            assert state is wanted, "a tick makes no new state"
            assert state.device_name() == provider.device
    assert all(array.any() for row in rows for array in row.save())
    host = open_session(shipped, part, choose_provider("cpu", b""), ROWS)
    wanted = play([host.row() for _ in range(ROWS)], part)
    others = [got != want for got, want in zip(_flat(played), _flat(wanted), strict=True)]
    assert np.mean(others) <= (MOST_OTHER_TOKENS if provider.device == "cuda" else 0)


def _flat(played: list[list[list[int]]]) -> list[int]:
    return [token for tick in played for row in tick for token in row]


@pytest.mark.parametrize("part", PARTS)
def test_a_saved_state_comes_back_to_the_device(part: str, provider: Provider, shipped: Bundle) -> None:
    session = session_on(shipped, part, provider)
    rows = [session.row() for _ in range(ROWS)]
    play(rows, part)
    saved = [row.save() for row in rows]
    first = play(rows, part)
    for row, state in zip(rows, saved, strict=True):
        row.restore(state)
    assert play(rows, part) == first
