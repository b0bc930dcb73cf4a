"""What the player does when the composer is late or hangs, and when the player itself stalls."""

from itertools import pairwise

import pytest

from daemon.player.link import Message
from tests.daemon.player.test_player import TICK_SECONDS, one_note, play_for, start_of
from tests.daemon.rig import Cue, Rig, at_tick, sounding, tick


def test_the_release_of_a_tick_a_little_late_does_not_end_its_own_notes() -> None:
    def compose(n: int) -> Message:
        return tick(n, [at_tick(n, 100, pitch=40 + n)], release=("lead",))

    rig = Rig(play_for(1.0), compose)
    rig.link.compose_seconds = TICK_SECONDS + 0.003
    rig.run()
    rows = [row for message in rig.link.told_of("sent") for row in message[1] if row[3] == 42]
    assert [row[:3] for row in rows] == [(243, "lead", True), (343, "lead", False)]


def test_a_missing_tick_is_an_underrun_and_the_beat_goes_on() -> None:
    rig = Rig(play_for(2.0), lambda n: None if 3 <= n < 6 else tick(n, [at_tick(n, 60)])).run()
    assert [message[1] for message in rig.link.told_of("underrun")] == [3, 4, 5]
    ons = [seconds - start_of(rig) for seconds, message in rig.notes() if message[0] == 0x90]
    assert ons[:5] == pytest.approx([0, 0.125, 0.25, 0.75, 0.875])


def test_of_a_late_tick_only_what_is_still_to_come_is_played() -> None:
    rig = Rig(play_for(1.0), lambda n: tick(n, [at_tick(n, 20), at_tick(n, 20, pitch=72, late=90)]))
    rig.link.compose_seconds = TICK_SECONDS + 0.02
    rig.run()
    pitches = {message[1] for seconds, message in rig.notes() if seconds > start_of(rig) + TICK_SECONDS}
    assert pitches == {72}


def test_a_composer_that_hangs_is_not_spoken_to_for_ever() -> None:
    rig = Rig(play_for(60.0), lambda n: None).run()
    assert len(rig.link.told) < 60
    assert len(rig.named("f8")) > 60 * 48 - 10


def test_a_composer_that_hangs_and_recovers_is_asked_again() -> None:
    answer = Cue(6.0, one_note(35))
    rig = Rig(play_for(8.0, answer), lambda n: None if 20 <= n < 36 else one_note(n)).run()
    wants = [message[1] for message in rig.link.told_of("want")]
    assert wants[wants.index(35) + 1] * TICK_SECONDS + start_of(rig) > 6.0
    assert any(seconds > 6.1 and message[0] == 0x90 for seconds, message in rig.notes())
    assert sounding(rig.sent()) == set()


def test_underruns_while_a_composer_hangs_are_told_when_it_answers() -> None:
    rig = Rig(play_for(12.0, Cue(8.0, one_note(35))), lambda n: None if 20 <= n < 36 else one_note(n)).run()
    told = [message[1] for message in rig.link.told_of("underrun")]
    begun = {message[1] for message in rig.link.told_of("want")}
    silent = range(20, min(number for number in begun if number > 35))
    assert len(silent) > 40
    assert told == list(silent)


def test_after_a_stall_old_note_ons_are_dropped_and_old_ends_are_not() -> None:
    rig = Rig(play_for(4.0), lambda n: tick(n, [at_tick(n, 130, pitch=40 + n)]))
    stalled = rig.link.recv

    def recv() -> Message:
        message = stalled()
        if message[:2] == ("tick", 4):
            rig.clock.sleep_until(rig.clock.now() + 2.0)
        return message

    rig.link.recv = recv  # type: ignore[method-assign]
    rig.run()
    assert sounding(rig.sent()) == set()
    late = [row[6] for message in rig.link.told_of("sent") for row in message[1] if row[2]]
    assert max(late) <= 110_000
    wants = [message[1] for message in rig.link.told_of("want")]
    assert max(after - before for before, after in pairwise(wants)) > 10
    clocks = rig.named("f8")
    assert min(after - before for before, after in pairwise(clocks[-20:])) > 0.02
