"""Which parameters each tick is composed with: requested twice, after a stop, skipped, failed, reseeded, swapped."""

from dataclasses import replace

import pytest

from daemon.automation import Automation
from daemon.composer.position import PLAYING, STOPPED, Position
from daemon.music.composition import Composition
from daemon.music.engine import Composed, Engine
from daemon.parameters import Parameters
from daemon.player.timeline import Timeline
from models.notes import VOICES, Note
from tests.daemon.playback import CPU, engine_of, loud
from tests.training import tiny


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine_of(tiny.write(tmp_path_factory.mktemp("models") / "tiny"), 1)


@pytest.fixture
def composition(shared: Engine) -> Composition:
    shared.begin(1, 0)
    return Composition(shared, Automation(loud(humanize=0.0)))


def music(composition: Composition, *ticks: int) -> list[tuple[Note, ...]]:
    return [composition.want(tick).composed.notes for tick in ticks]


def test_a_tick_wanted_again_is_given_again(composition: Composition) -> None:
    first = [composition.want(tick) for tick in range(18)]
    assert composition.want(17) is first[17]
    assert composition.want(3) is first[3]
    assert composition.next_tick == 18


def test_what_was_composed_ahead_of_a_stop_takes_a_later_tempo_and_mute(composition: Composition) -> None:
    before = [composition.want(tick) for tick in range(9)]
    muted = next(note.voice for note in before[8].composed.notes)
    changes = {"tempo": 90.0, f"{muted}.mute": True, "swing": 0.5}
    composition.automation.schedule(changes, next_tick=composition.next_tick)
    again = composition.want(8)
    assert again.parameters.tempo == 90.0
    assert again.parameters.swing == 0.0
    assert again.composed.notes == tuple(n for n in before[8].composed.notes if n.voice != muted)
    assert again.message[3] == 90.0
    assert composition.kept(8) is before[8]


def test_skipped_ticks_are_composed_unheard(composition: Composition, shared: Engine) -> None:
    plain = music(composition, *range(12))
    shared.begin(1, 0)
    other = Composition(shared, Automation(loud(humanize=0.0)))
    assert music(other, 0, 1, 5, 6, 11) == [plain[tick] for tick in (0, 1, 5, 6, 11)]


def test_a_jump_too_far_begins_anew(composition: Composition, shared: Engine) -> None:
    music(composition, *range(4))
    far = music(composition, 400, 401)
    shared.begin(1, 400)
    other = Composition(shared, Automation(loud(humanize=0.0)))
    other.next_tick = 400
    assert music(other, 400, 401) == far
    assert composition.kept(3) is None
    assert {pitch for _, pitch in composition.may_sound()} == {n.pitch for notes in far for n in notes}


def test_play_begins_the_same_music(composition: Composition) -> None:
    first = music(composition, *range(10))
    composition.begin()
    assert music(composition, *range(10)) == first


def test_a_reseed_that_waits_is_kept_by_play(composition: Composition) -> None:
    music(composition, 0, 1)
    assert composition.reseed(99, "phrase") == 32.0
    composition.begin()
    assert composition.engine.seed == 99
    music(composition, *range(3))
    assert composition.engine.seed == 99


def test_reseeds_without_end_leave_the_last(composition: Composition) -> None:
    for seed in range(1000):
        composition.reseed(seed, "beat")
    ticked = [composition.want(tick) for tick in range(5)]
    assert composition.engine.seed == 999
    assert ticked[0].release == ("lead", "chords", "bass")


def test_a_swap_keeps_the_seed(composition: Composition, shared: Engine) -> None:
    other = Engine(shared.bundle, CPU, 77)
    music(composition, 0)
    assert composition.swap(other) == 4.0
    music(composition, *range(1, 16))
    assert composition.engine is shared
    music(composition, 16)
    assert composition.engine is other
    assert other.seed == 1


def test_a_voice_newly_muted_is_released_once(composition: Composition) -> None:
    music(composition, 0)
    composition.automation.schedule({"drums.mute": True}, next_tick=1)
    assert "drums" in composition.want(1).release
    assert "drums" not in composition.want(2).release


def test_after_the_last_tick_nothing_sounds(composition: Composition) -> None:
    composition.last_tick = 4
    assert any(music(composition, *range(4)))
    assert music(composition, 4, 5) == [(), ()]


class BrokenEngine(Engine):
    """An engine that cannot compose tick 3."""

    def step(self, tick: int, parameters: Parameters) -> Composed:
        if tick == 3:
            raise RuntimeError("the device is gone")
        return super().step(tick, parameters)


def test_a_tick_that_fails_is_forgone_and_the_next_begins_anew(shared: Engine) -> None:
    composition = Composition(BrokenEngine(shared.bundle, CPU, 1), Automation(loud()))
    music(composition, 0, 1, 2)
    with pytest.raises(RuntimeError):
        composition.want(3)
    composition.forgo(3)
    later = music(composition, *range(4, 40))
    assert composition.next_tick == 40
    assert any(later)


def test_parameters_are_those_of_the_next_tick(composition: Composition) -> None:
    music(composition, *range(3))
    composition.automation.schedule({"tempo": 100.0}, "now", next_tick=composition.next_tick)
    composition.automation.schedule({"gate": 0.2}, "bar", next_tick=composition.next_tick)
    assert composition.parameters == replace(loud(humanize=0.0), tempo=100.0)


def test_a_position_never_lies_before_its_start() -> None:
    position = Position()
    assert position.tell(100.0, 128.0)["beat"] == 0
    position.moved(PLAYING, 0)
    assert position.beat_at(100.0) == 0
    assert not position.begun(-1, Timeline(0, 100.03, 128.0))
    assert position.beat_at(100.0) == 0
    assert position.begun(0, Timeline(0, 100.03, 120.0))
    assert position.tell(101.03, 120.0) == {
        "state": "playing",
        "tick": 8,
        "bar": 0,
        "beat": 2.0,
        "tempo": 120.0,
        "clock_source": "internal",
    }
    position.moved(STOPPED, 9)
    assert (position.beat_at(200.0), position.next_tick) == (2.25, 9)


def test_a_successors_timeline_has_the_tempos_composed_ahead(composition: Composition) -> None:
    position = Position()
    assert position.timeline_after(composition) is None
    position.moved(PLAYING, 0)
    music(composition, 0, 1)
    composition.automation.schedule({"tempo": 60.0}, next_tick=2)
    music(composition, 2)
    position.begun(1, Timeline(0, 0.0, 128.0))
    assert position.timeline_after(composition) == Timeline(0, 0.0, 128.0).retempo(240, 60.0)
    position.moved(STOPPED, 2)
    assert position.timeline_after(composition) is None


def test_all_voices_take_part(composition: Composition) -> None:
    assert {note.voice for notes in music(composition, *range(32)) for note in notes} == set(VOICES)
