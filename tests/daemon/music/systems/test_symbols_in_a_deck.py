"""The systems that play symbols beside others in a deck: from real bundles, with small random networks."""

import re
from pathlib import Path

import pytest

from daemon.composer.assembly import start
from daemon.composer.models.library import open_bundle
from daemon.composer.offline.offline import perform
from daemon.composer.playing.feeder import Feeder
from daemon.config import load_config
from daemon.control.messages import ControlError, Model
from daemon.gateway.steps import Folders, steps_of
from daemon.link.player import Attached, ToPlayer
from daemon.link.timeline import Timeline
from daemon.music.deck.operations import SetParameters, SwapModel
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.lineup import Lineup, Source
from daemon.music.ensemble.priming import prime, primed_at
from daemon.music.systems.symbols import Memory, unheeded
from daemon.music.systems.system import Networks
from daemon.parameters import SPECS, Parameters, change
from daemon.workers.bundles import work
from daemon.workers.jobs import Verified, VerifyBundle
from exporters.onnx import write_bundle
from models import bundle as bundles
from models.bundle import BundleError
from models.codecs import sequences
from models.codecs.performance import LINE
from models.codecs.vocabulary import TABLE, Vocabulary, dumps
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Note
from tests.daemon.music.systems import symbol_bundles
from tests.daemon.music.systems.symbol_bundles import vocabulary_of
from tests.daemon.music.test_deck import compose
from tests.daemon.music.test_priming import loop
from tests.daemon.playback import CPU, loud
from tests.daemon.solo import Solo
from tests.training import tiny

PLAIN = loud(humanize=0.0, density=1.0)


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return Solo(bundles.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny"))), CPU, 1)


@pytest.fixture(scope="module", params=[("performance", False), ("pop", True)])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    system, is_window = request.param
    return symbol_bundles.write(tmp_path_factory.mktemp("symbols") / system, system, is_window=is_window)


@pytest.fixture
def lineup(solo: Solo, folder: Path) -> Lineup:
    """The bundle's melody beside the percussion of the other one."""
    opened = open_bundle(bundles.load(str(folder)), CPU)
    solo.library.add(opened)
    return solo.lineup.replaced({"melody": opened.source})


def tune(notes: tuple[Note, ...]) -> list[Note]:
    return [note for note in notes if note.voice != "drums"]


def test_it_plays_beside_an_lstm_and_keeps_its_own_time(solo: Solo, lineup: Lineup) -> None:
    take = perform(solo.deck(PLAIN, lineup=lineup), 16)
    again = perform(solo.deck(PLAIN, lineup=lineup), 16)
    assert take.notes == again.notes
    bundle = bundles.load(lineup.melody.name)
    grid = sequences.symbols_of(bundle.vocabulary).grid_pulses
    own = tune(take.notes)
    assert own
    assert any(note.voice == "drums" for note in take.notes)
    assert all(note.pulse % grid == 0 for note in own)
    if grid < PULSES_PER_TICK:
        assert any(note.pulse % PULSES_PER_TICK for note in own)
        assert len({note.velocity for note in own}) > 3
    assert all(note.length <= PULSES_PER_BAR for note in own)


def test_percussion_hears_it(solo: Solo, lineup: Lineup) -> None:
    deck = solo.deck(PLAIN, lineup=lineup)
    ticks = [run(deck.compose()).composed for _ in range(32)]
    for tick, composed in enumerate(ticks):
        state = deck.saved_state(tick + 1)
        assert state is not None
        voices = {note.voice for note in tune(composed.notes)}
        assert set(state.music.before.begun) == voices


def test_a_deck_rewinds_it(solo: Solo, lineup: Lineup) -> None:
    deck, other = (solo.deck(PLAIN, lineup=lineup) for _ in range(2))
    compose(deck, 60)
    deck.begin(21)
    operation = SetParameters({"melody.temperature": 2.5, "transpose": 3})
    deck.accept(operation, 21)
    assert deck.rewind() == 21
    late = compose(deck, 40)
    other.accept(operation, 21)
    assert compose(other, 61)[21:] == late


def test_it_is_swapped_in_and_out_at_a_bar(solo: Solo, lineup: Lineup) -> None:
    deck = solo.deck(PLAIN)
    deck.accept(SwapModel(solo.library.sources(lineup.melody)), 20)
    deck.accept(SwapModel(solo.library.sources(Source("pattern"))), 70)
    ticks = [run(deck.compose()) for _ in range(100)]
    assert isinstance(deck.state(33).music.systems[0], Memory)
    assert deck.state(33).lineup == lineup
    assert "lead" in ticks[32].release, "earlier notes end"
    assert not isinstance(deck.state(81).music.systems[0], Memory)
    assert deck.state(81).lineup.name == "pattern"


def test_it_continues_from_other_music(solo: Solo, lineup: Lineup) -> None:
    ensemble, music = solo.library.ensemble(lineup), loop(2).filled(8)
    state = run(prime(ensemble, music, PLAIN))
    memory = state.systems[0]
    assert isinstance(memory, Memory)
    assert memory.reading.pulse == 8 * PULSES_PER_BAR
    fresh = solo.library.ensemble(lineup)
    fresh.begin(5, 160)
    ensemble.restore(primed_at(state, music, 5, 160))
    primed = [run(ensemble.compose(tick, PLAIN)).notes for tick in range(160, 192)]
    unprimed = [run(fresh.compose(tick, PLAIN)).notes for tick in range(160, 192)]
    assert [tune(each) for each in primed] != [tune(each) for each in unprimed]
    assert any(tune(each) for each in primed)


def test_its_bundle_is_verified(folder: Path) -> None:
    verified = work(VerifyBundle(str(folder), is_by_name=False))
    assert isinstance(verified, Verified)
    assert verified.parts == ("melody",)


def test_the_configuration_selects_it(folder: Path) -> None:
    chosen = load_config(overrides=(f"play.model={folder}", "play.provider=cpu"), environ={})
    for config in (
        chosen,
        load_config(overrides=(f"model.melody={folder}", "play.provider=cpu"), environ={}),
    ):
        lineup = start(config, 3).lineup
        assert (lineup.plan.name, lineup.melody.name, lineup.percussion.name) == ("edm", str(folder), "edm")
        assert lineup.name == str(folder)
    beside = load_config(
        overrides=(f"play.model={folder}", "model.percussion=pattern", "play.provider=cpu"), environ={}
    )
    assert start(beside, 3).lineup.percussion.name == "pattern"


def test_it_plays_no_percussion(folder: Path) -> None:
    config = load_config(overrides=(f"model.percussion={folder}", "play.provider=cpu"), environ={})
    with pytest.raises(BundleError, match=re.escape(f"{folder} has no network for percussion")):
        start(config, 3)


def test_a_request_for_its_percussion_is_refused(tmp_path: Path) -> None:
    steps = steps_of(Model("load", "folk", "percussion"), Folders(tmp_path, tmp_path))
    assert steps is not None
    next(steps)
    steps.throw(ControlError("not_found", "no system without networks is named folk", "name"))
    with pytest.raises(ControlError, match="the model folk has no network for percussion") as refusal:
        steps.send(Verified("folk", {}, ("melody",)))
    assert refusal.value.param == "part"


def test_a_vocabulary_of_another_size_is_refused(folder: Path, tmp_path: Path) -> None:
    own, other = bundles.load(str(folder)).networks[0].system, "folk"
    tables = {TABLE: dumps(vocabulary_of(other))}
    papers = {"name": "mixed", "version": "1", "licence": "CC0 1.0"}
    exported = symbol_bundles.exported(own, is_window=own == "pop")
    write_bundle(tmp_path / "mixed", [exported], tables, papers)
    with pytest.raises(BundleError, match="its vocabulary is not valid"):
        bundles.load(str(tmp_path / "mixed"))


def test_a_window_has_a_longer_horizon(solo: Solo, lineup: Lineup) -> None:
    def horizon(played: Lineup) -> int:
        deck = solo.deck(PLAIN, lineup=played)
        sent = list[ToPlayer]()
        feeder = Feeder(deck, sent.append, 2.0)
        feeder.attach(Attached(0, 0, 0, 0, False, Timeline(0, 0.0, 128.0), (), {}, ""))
        while feeder.work():
            pass
        return deck.head

    is_window = lineup.melody.name.endswith("pop")
    assert horizon(lineup) == horizon(solo.lineup) + (TICKS_PER_BAR if is_window else 0)


def test_the_parameters_that_do_not_act_are_known(solo: Solo, lineup: Lineup) -> None:
    unheeded = solo.library.unheeded(lineup)
    assert set(unheeded) == {"hook", "chord_loop"} < set(SPECS)
    assert not solo.library.unheeded(solo.lineup)
    pattern = solo.library.unheeded(lineup.replaced({"percussion": Source("pattern")}))
    assert set(pattern) - set(unheeded) == {"percussion.top_p"}


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        ("performance", "this network plays chords and bass of its own"),
        ("jazz", "the chords follow this melody as soon as it is read ahead"),
        ("folk", "the chords follow this melody as soon as it is read ahead"),
        (
            "pop",
            "this network plays chords of its own, and the bass follows them as soon as they are read ahead",
        ),
    ],
)
def test_the_reason_fits_the_voices_of_the_network(system: str, reason: str) -> None:
    assert unheeded("melody", Networks(vocabulary=vocabulary_of(system)))["chord_loop"] == reason


def test_a_single_line_of_performance_events_has_chords_found_for_it() -> None:
    line = Networks(vocabulary=Vocabulary(LINE.name))
    assert unheeded("melody", line)["chord_loop"].startswith("the chords follow this melody")


@pytest.mark.parametrize("name", ["hook", "chord_loop", "melody.temperature"])
def test_what_is_said_not_to_act_changes_no_melody(solo: Solo, lineup: Lineup, name: str) -> None:
    values = {"hook": "new", "chord_loop": "i-VI-III-VII", "melody.temperature": 2.0}

    def notes(parameters: Parameters) -> list[Note]:
        # In the first bars the chords may be the director's: the melody is not known yet.
        return [
            note
            for note in tune(perform(solo.deck(parameters, lineup=lineup), 8).notes)
            if note.pulse >= 2 * PULSES_PER_BAR
        ]

    changed = notes(change(PLAIN, {name: values[name]}))
    assert (changed == notes(PLAIN)) is (name in solo.library.unheeded(lineup))
