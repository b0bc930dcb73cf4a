import pytest

from daemon.player.link import Message
from tests.daemon.rig import Cue, Rig, at_tick, tick

PLAY: Message = ("transport", "play")
QUIT: Message = ("quit",)
TICK_SECONDS = 0.125  # at 120 BPM


def one_note(number: int) -> Message:
    return tick(number, [at_tick(number)])


def test_a_successor_goes_on_in_phase_without_start() -> None:
    rig = Rig([Cue(1.0, QUIT)], one_note, timeline=(0, -10.0, 120.0), start_tick=3).run()
    number = rig.link.told_of("want")[0][1]
    assert rig.notes()[0][0] == pytest.approx(-10.0 + number * TICK_SECONDS)
    assert 0.03 <= rig.notes()[0][0] <= 0.03 + TICK_SECONDS
    assert rig.named("fa") == rig.named("fb") == []
    assert rig.named("f8")[0] == pytest.approx(0.0)


def test_a_successor_waits_for_the_first_tick_its_composer_can_make() -> None:
    rig = Rig([Cue(1.0, QUIT)], one_note, timeline=(0, 0.0, 120.0), start_tick=5).run()
    assert rig.notes()[0][0] == pytest.approx(5 * TICK_SECONDS)


def test_silence_ends_a_predecessors_notes_but_not_our_own() -> None:
    cue = Cue(0.5, ("silence", ((1, 60), (2, 64))))
    rig = Rig(
        [Cue(0.1, PLAY), cue, Cue(1.0, QUIT)], lambda n: tick(n, [at_tick(n, 5000)] if n == 0 else [])
    ).run()
    told = [message for seconds, message in rig.sent() if seconds == 0.5 and message != b"\xf8"]
    assert told == [b"\x81\x40\x40", b"\xb1\x40\x00", b"\xb1\x7b\x00", b"\xb1\x78\x00"]
