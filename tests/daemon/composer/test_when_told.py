"""Compare the moment that a reply announces for a change with the moment at which the music changes."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from daemon.composer.playing.feeder import notes_of
from daemon.composer.requests.handlers import Handlers
from daemon.control import messages
from daemon.control.messages import ControlError
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from daemon.parameters import SPECS, Parameters, Value, change
from models import bundle as bundles
from models.notes import TICKS_PER_BAR
from tests.daemon.composer.test_handlers import PlainStage
from tests.daemon.handlers import answer
from tests.daemon.music.planning import learned
from tests.daemon.playback import CPU
from tests.daemon.solo import Solo
from tests.training import tiny

# For each parameter a value so far from the default that the music must change.
OTHERS: dict[str, Value] = {
    "tempo": 90.0, "classical_mix": 1.0, "transpose": 5, "melody.temperature": 3.0, "percussion.temperature": 3.0,
    "melody.top_p": 0.05, "percussion.top_p": 0.05, "energy": 0.0, "density": 1.0, "repetition": 1.0,
    "scale": "C# minor", "swing": 0.75, "humanize": 1.0, "gate": 0.1, "velocity": 0.2, "section": "break",
    "key": "C minor", "chord_loop": "i-iv-VI-V", "director": False, "colour.level": "3",
    "genre": "dubstep", "genre_to": "ambient", "genre_mix": 1.0, "simplicity": 0.0, "hook": "recall",
}  # fmt: skip
# With little repetition, so that the networks choose new notes, which the sampling parameters change.
START = change(
    Parameters(),
    {
        "section": "drop",
        "energy": 0.7,
        "lead.level": "4",
        "repetition": 0.2,
        "genre": "house",
        "genre_to": "trance",
        "genre_mix": 0.2,
    },
)
ASKED_AT = (5, 16, 31, 37)


def other(name: str) -> Value:
    spec = SPECS[name]
    if name in OTHERS:
        return OTHERS[name]
    if spec.kind == "bool":
        return True
    return 2 if spec.kind == "int" else "1" if START.value(name) != "1" else "off"


@pytest.fixture(scope="module")
def solos(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Solo]:
    """Bundles with small networks and the shipped bundle's arrangement."""
    small = bundles.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny")))
    small.__dict__["arrangement"] = learned()
    made = Solo(small, CPU, 3), Solo(small, CPU, 3)
    turn = cycle(made)

    def solo() -> Solo:
        """Return one of two in turn, reset to its start."""
        taken = next(turn)
        taken.begin(3, 0)
        return taken

    return solo


class Stage(PlainStage):
    """A stage whose music begins with `START`."""

    def __init__(self, solo: Solo, folder: Path) -> None:
        super().__init__(solo, folder, START)


def heard(ticked: Ticked) -> tuple[object, ...]:
    """Everything that a listener hears of a tick, and its plan."""
    notes = notes_of(ticked)
    return notes.notes, notes.tempo, notes.release, ticked.composed.plan


@pytest.mark.parametrize("asked_at", ASKED_AT)
@pytest.mark.parametrize("name", SPECS)
def test_every_parameter_is_heard_at_the_tick_that_was_told(
    name: str, asked_at: int, solos: Callable[[], Solo], tmp_path: Path
) -> None:
    plain, changed = Stage(solos(), tmp_path), Stage(solos(), tmp_path)
    for _ in range(asked_at):
        assert heard(plain.begin()) == heard(changed.begin())
    told = answer(Handlers(changed), messages.Set({name: other(name)}))
    promised = round(4 * told["effective_beat"])
    assert told["effective_bar"] == promised // TICKS_PER_BAR
    differs = []
    for tick in range(asked_at, asked_at + 48):
        before, after = plain.begin(), changed.begin()
        if heard(before) != heard(after):
            differs.append(tick)
        if SPECS[name].acts == "tick":
            assert (after.parameters.value(name) == other(name)) == (tick >= promised)
    assert differs, "the new value must change the music"
    assert differs[0] >= promised
    if SPECS[name].acts == "bar":
        assert differs[0] == promised, "the plan changes from that bar on"
    else:
        assert promised == asked_at
        assert differs[0] < promised + TICKS_PER_BAR


@pytest.mark.parametrize("asked_at", ASKED_AT)
@pytest.mark.parametrize("name", ["energy", "density", "genre_mix", "tempo", "swing"])
@pytest.mark.parametrize("at", ["now", "bar"])
def test_a_glide_is_told_by_where_it_begins(
    name: str, at: Any, asked_at: int, solos: Callable[[], Solo], tmp_path: Path
) -> None:
    """At its first tick a glide still has the old value, so it is heard at the next tick, or the next bar."""
    plain, changed = Stage(solos(), tmp_path), Stage(solos(), tmp_path)
    for _ in range(asked_at):
        plain.begin()
        changed.begin()
    told = answer(Handlers(changed), messages.Set({name: other(name)}, at, 2.0))
    promised = round(4 * told["effective_beat"])
    step = TICKS_PER_BAR if SPECS[name].acts == "bar" else 1
    for tick in range(asked_at, promised + step + 1):
        before, after = plain.begin(), changed.begin()
        if tick < promised:
            assert heard(before) == heard(after)
    assert after.parameters != before.parameters
    assert SPECS[name].acts == "tick" or after.composed.plan != before.composed.plan


def test_what_acts_at_a_bar_line_is_what_the_plan_is_made_of(solos: Callable[[], Solo]) -> None:
    """The parameters that take effect at bar lines are exactly those that the plan depends on."""
    at_bars = {name for name, spec in SPECS.items() if spec.acts == "bar"}
    levels = {name for name in SPECS if name.endswith(".level")}
    assert at_bars == {
        "section",
        "key",
        "chord_loop",
        "director",
        "energy",
        "density",
        "genre",
        "genre_to",
        "genre_mix",
        "hook",
        "loop",
        "simplicity",
        *levels,
    }


@pytest.mark.parametrize("asked_at", ASKED_AT)
@pytest.mark.parametrize("at", ["now", "beat", "bar", "phrase"])
def test_a_reseed_is_heard_at_the_tick_that_was_told(
    at: Any, asked_at: int, solos: Callable[[], Solo], tmp_path: Path
) -> None:
    plain, changed = Stage(solos(), tmp_path), Stage(solos(), tmp_path)
    for _ in range(asked_at):
        plain.begin()
        changed.begin()
    told = answer(Handlers(changed), messages.Reseed(99, at))
    promised = round(4 * told["effective_beat"])
    waiting = answer(Handlers(changed), messages.State())["coming"]
    assert waiting == [{"what": "seed", **told}]
    for _ in range(asked_at, promised):
        assert heard(plain.begin()) == heard(changed.begin())
    assert changed.begin().composed.plan != plain.begin().composed.plan
    assert changed.deck.state(changed.deck.head).music.seed == 99


def test_what_acts_at_different_moments_is_told_by_name(solos: Callable[[], Solo], tmp_path: Path) -> None:
    stage = Stage(solos(), tmp_path)
    for _ in range(5):
        stage.begin()
    handlers = Handlers(stage)
    told = answer(handlers, messages.Set({"tempo": 90, "section": "break"}))
    assert (told["effective_beat"], told["effective_bar"]) == (1.25, 0)
    assert told["effective"] == {
        "tempo": {"effective_beat": 1.25, "effective_bar": 0},
        "section": {"effective_beat": 4.0, "effective_bar": 1},
    }
    assert "effective" not in answer(handlers, messages.Set({"section": "drop", "energy": 0.1}))


@pytest.mark.parametrize("is_composed", [True, False])
@pytest.mark.parametrize(("at", "beat"), [("now", 2.0), ("beat", 2.0), ("bar", 4.0)])
def test_every_change_acts_on_the_tick_that_sounds_first_after_a_stop(
    at: Any, beat: float, is_composed: bool, solos: Callable[[], Solo], tmp_path: Path
) -> None:
    """Tick 8 and more may be composed before the stop; they are composed anew."""
    stage = Stage(solos(), tmp_path)
    for _ in range(8):
        stage.begin()
    while is_composed and stage.deck.head < 30:
        run(stage.deck.compose())
    stage.feeder.moved(8, is_playing=False)
    handlers = Handlers(stage)
    values = {"tempo": 90.0, "drums.mute": True, "transpose": 3}
    told = answer(handlers, messages.Set(values, at))
    assert (told["effective_beat"], told["effective_bar"]) == (beat, int(beat) // 4)
    assert "effective" not in told
    first = round(4 * beat)
    for tick in range(8, first + 4):
        parameters = stage.begin().parameters.to_names()
        assert all((parameters[name] == value) == (tick >= first) for name, value in values.items())


def test_a_bad_change_is_told_no_moment(solos: Callable[[], Solo], tmp_path: Path) -> None:
    with pytest.raises((ControlError, ValueError)):
        answer(Handlers(Stage(solos(), tmp_path)), messages.Set({"section": "chorus"}))
