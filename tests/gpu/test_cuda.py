"""The networks on a device: states stay there as OrtValues, and what is chosen is what the CPU chooses."""

from typing import Final

import numpy as np
import pytest

from models import bundle
from models.bundle import Bundle
from models.manifest import PARTS
from models.session import STATE_NAMES, Provider, ProviderError, TickSession, choose_provider, open_session
from tests.models.steps import LAYOUTS, feeds

TICKS: Final = 200
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


def play(session: TickSession, part: str) -> list[list[int]]:
    rng, every = np.random.default_rng(0), np.ones((len(LAYOUTS[part].parts), 4))
    return [session.step(feeds(part, rng, valid=every))[0].tolist() for _ in range(TICKS)]


@pytest.mark.parametrize("part", PARTS)
def test_states_stay_on_the_device_and_tokens_are_the_cpus(
    part: str, provider: Provider, shipped: Bundle
) -> None:
    session = open_session(shipped, part, provider)
    before = [{name: state[name] for name in STATE_NAMES} for state in session._states]
    played = play(session, part)
    for turn, state in enumerate(session._states):
        for name in STATE_NAMES:
            assert state[name] is before[turn][name], "a tick makes no new state"
            assert state[name].device_name() == provider.device
    assert all(array.any() for array in session.save())
    wanted = play(open_session(shipped, part, choose_provider("cpu", b"")), part)
    assert np.mean(np.array(played) != np.array(wanted)) <= (
        MOST_OTHER_TOKENS if provider.device == "cuda" else 0
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_saved_state_comes_back_to_the_device(part: str, provider: Provider, shipped: Bundle) -> None:
    session = open_session(shipped, part, provider)
    play(session, part)
    saved = session.save()
    first = play(session, part)
    session.restore(saved)
    assert play(session, part) == first
