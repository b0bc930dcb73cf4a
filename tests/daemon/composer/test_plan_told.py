"""The plan of each bar in telemetry and in the state."""

from pathlib import Path
from typing import Any

from daemon.automation import Automation
from daemon.composer.events import Events
from daemon.music.composition import Composition
from daemon.music.engine import Engine
from daemon.parameters import Parameters
from models import bundle
from models.session import choose_provider
from tests.training import tiny


def composition(tmp_path: Path, **parameters: Any) -> Composition:
    small = bundle.load(str(tiny.write(tmp_path / "tiny")))
    return Composition(
        Engine(small, choose_provider("cpu", b""), 1), Automation(Parameters.from_names(parameters))
    )


def test_the_first_tick_of_a_bar_tells_its_plan(tmp_path: Path) -> None:
    playing, events = composition(tmp_path, section="break"), Events("cpu")
    told: list[Any] = []
    events.publish = lambda topic, message: told.append(message) if topic == "tick" else None
    for tick in range(40):
        events.began(playing.want(tick))
    plans = [message["plan"] for message in told if "plan" in message]
    assert [message["tick"] for message in told if "plan" in message] == [0, 16, 32]
    assert [plan["bar"] for plan in plans] == [0, 1, 2]
    assert {plan["section"] for plan in plans} == {message["section"] for message in told} == {"break"}
    assert playing.plan == plans[-1]


def test_before_the_first_tick_there_is_no_plan(tmp_path: Path) -> None:
    assert composition(tmp_path).plan is None


def test_an_override_is_told_from_the_next_bar_on(tmp_path: Path) -> None:
    playing = composition(tmp_path)
    playing.want(4)
    playing.automation.schedule({"section": "drop", "key": "C minor"}, "now", next_tick=5)
    playing.want(15)
    assert playing.section == "intro"
    playing.want(16)
    assert playing.plan is not None
    assert (playing.section, playing.plan["key"]) == ("drop", "C minor / Eb major")
