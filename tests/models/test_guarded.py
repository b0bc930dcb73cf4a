"""A session that fails in every way that it can: the tokens are those of a session that never failed."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from models import bundle
from models.bundle import Bundle
from models.notes import Note
from models.session import Feeds, GuardedSession, Provider, StepSession, session_of
from models.stepping import guarded as guarded_sessions
from models.stepping.device import DeviceSession
from models.stepping.rows import Outputs
from tests.models.sessions import CPU
from tests.models.steps import every, feeds
from tests.training import tiny

CUDA = Provider("CUDAExecutionProvider", "a test")
TICKS = 24


@pytest.fixture(scope="module")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny")))


class Faults:
    """Opens sessions that fail at the steps in `raising` and `nan`. CUDA, here on the CPU, is gone while `is_lost`."""

    def __init__(self, made: Bundle, raising: set[int] = frozenset(), nan: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self.bundle, self.raising, self.nan = made, raising, nan
        self.is_lost = self.never_finite = False
        self.steps = 0
        self.opened: list[str] = []

    def opens(self, provider: Provider, rows: int) -> StepSession:
        if provider is CUDA and self.is_lost:
            raise RuntimeError("CUDA failure 719: unspecified launch failure")
        self.opened.append(provider.name)
        network, model = self.bundle.network("melody"), self.bundle.model("melody")
        is_device = provider is CUDA
        session = (
            DeviceSession(model, network, CPU, rows)
            if is_device
            else session_of(model, network, provider, rows)
        )
        step, save = session.step, session.save

        def failing(asked: Mapping[int, Feeds]) -> Mapping[int, Outputs]:
            self.steps += 1
            if self.steps in self.raising or (is_device and self.is_lost):
                raise RuntimeError("CUDA failure 719: unspecified launch failure")
            outputs = step(asked)
            if self.steps in self.nan or self.never_finite:
                for index in asked:
                    session.restore(index, tuple(np.full_like(state, np.nan) for state in save(index)))
            return outputs

        def saving(index: int) -> object:
            if is_device and self.is_lost:
                raise RuntimeError("CUDA failure 719: unspecified launch failure")
            return save(index)

        session.step, session.save = failing, saving  # type: ignore[method-assign,assignment]
        return session


def played(
    session: StepSession, rows: int = 3, before: Callable[[int], None] = lambda _: None
) -> list[list[int]]:
    """Return the tokens of some rows; at every third tick only the first one steps."""
    claimed, tokens = [session.row() for _ in range(rows)], []
    for tick in range(TICKS):
        before(tick)
        asked = claimed[:1] if tick % 3 == 0 else claimed
        inputs = {
            row.index: feeds(
                "melody", np.random.default_rng([row.index, tick]), session, valid=every("melody", session)
            )
            for row in asked
        }
        outputs = session.step(inputs)
        tokens += [outputs[row.index]["tokens"].tolist() for row in asked]
    return tokens


@pytest.fixture(scope="module")
def right(tiny_bundle: Bundle) -> list[list[int]]:
    return played(session_of(tiny_bundle.model("melody"), tiny_bundle.network("melody"), CPU, 3))


def guarded(faults: Faults, provider: Provider = CPU) -> GuardedSession:
    return GuardedSession(faults.bundle.network("melody"), faults.opens, provider, 1)


@pytest.mark.parametrize("step", [1, 2, 3, 11, TICKS])
@pytest.mark.parametrize("kind", ["raising", "nan"])
def test_a_step_that_fails_is_repeated_at_once(
    kind: str, step: int, tiny_bundle: Bundle, right: list[list[int]]
) -> None:
    faults = Faults(tiny_bundle, **{kind: {step}})
    assert played(guarded(faults)) == right
    assert faults.opened == [CPU.name] * 2


def test_a_device_that_is_lost_leaves_the_music_to_the_cpu_and_is_tried_again(
    tiny_bundle: Bundle, right: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_sessions, "_RETRY_STEPS", 4)
    faults = Faults(tiny_bundle)
    session = guarded(faults, CUDA)

    def before(tick: int) -> None:
        faults.is_lost = 5 <= tick < 14

    assert played(session, before=before) == right
    assert faults.opened == [CUDA.name, CPU.name, CUDA.name]
    assert session.provider is CUDA


def test_while_the_device_is_lost_the_provider_says_why(tiny_bundle: Bundle) -> None:
    faults = Faults(tiny_bundle)
    session = guarded(faults, CUDA)
    played(session, before=lambda tick: setattr(faults, "is_lost", tick > 3))
    assert session.provider.name == CPU.name
    assert "CUDA failure 719" in session.provider.why


def test_a_network_that_never_is_finite_raises_and_is_not_opened_again_at_each_step(
    tiny_bundle: Bundle,
) -> None:
    faults = Faults(tiny_bundle)
    session = guarded(faults)
    row = session.row()
    inputs = feeds("melody", np.random.default_rng(1), session, valid=every("melody", session))
    session.step({row.index: inputs})
    state = row.save()
    faults.never_finite = True
    for _ in range(5):
        with pytest.raises(ArithmeticError, match="not finite"):
            session.step({row.index: inputs})
    assert faults.opened == [CPU.name] * 2
    assert all(np.array_equal(*pair) for pair in zip(row.save(), state, strict=True))


def test_the_notes_of_a_deck_are_the_same_whatever_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.stepping.host import HostSession
    from tests.daemon.playback import loud
    from tests.daemon.solo import Solo

    made = bundle.load(str(tiny.write(tmp_path / "tiny")))

    def notes(*, fails: bool) -> list[tuple[Note, ...]]:
        solo, count, step = Solo(made, CPU, 3), 0, HostSession.step

        def failing(session: HostSession, asked: Mapping[int, Feeds]) -> Mapping[int, Outputs]:
            nonlocal count
            count += 1
            if fails and count == 20:
                raise RuntimeError("gone")
            return step(session, asked)

        monkeypatch.setattr(HostSession, "step", failing)
        found = [solo.step(tick, loud()).notes for tick in range(48)]
        monkeypatch.undo()
        return found

    assert notes(fails=True) == notes(fails=False)
