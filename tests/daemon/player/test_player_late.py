"""What the player does when the composer is late or hangs, and when the player itself stalls."""

from itertools import pairwise
from math import inf

import pytest

from daemon.link.player import Began, Refused, Revise, Taken, ToPlayer, Underrun
from daemon.player.link import NewComposer
from tests.daemon.player.test_player import TICK_SECONDS, one_note, play_for, start_of
from tests.daemon.rig import Anew, Cue, Rig, at_tick, sounding, tick

MOST_WAITING_BYTES = 256 * 1024


def begun(rig: Rig) -> list[int]:
    return [message.tick for message in rig.link.told_of(Began)]


def test_a_revision_of_a_tick_that_began_is_refused_whole() -> None:
    """Of tick 3, nothing sounds, not even the note that is still to come."""

    rig = Rig(play_for(1.0), lambda n: tick(n, [at_tick(n, 20), at_tick(n, 20, pitch=72, late=90)]))
    rig.link.delays = {3: TICK_SECONDS + 0.003}
    rig.run()
    late = next(revise for revise in rig.link.revised if revise.from_tick == 3)
    assert rig.link.told_of(Refused) == [Refused(late.revision)]
    assert rig.link.told_of(Underrun) == [Underrun(3)]
    ons = [round((seconds - start_of(rig)) / TICK_SECONDS, 2) for seconds, m in rig.notes() if m[0] == 0x90]
    assert ons[:10] == [0, 0.75, 1, 1.75, 2, 2.75, 4, 4.75, 5, 5.75]


def test_a_refused_revision_ends_nothing_that_sounds() -> None:
    music = {0: tick(0, [at_tick(0, 960)]), 3: tick(3, [at_tick(3, 60, pitch=64)], release=("lead",))}
    rig = Rig(play_for(2.0), lambda n: music.get(n, tick(n)))
    rig.link.delays = {3: TICK_SECONDS + 0.003}
    rig.run()
    heard = [(round((seconds - start_of(rig)) * 960), message[:2]) for seconds, message in rig.notes()]
    assert heard == [(0, b"\x90\x3c"), (960, b"\x80\x3c")]


def test_a_revision_that_is_late_for_one_tick_is_refused_with_those_still_to_come() -> None:
    ticks = tuple(tick(n, [at_tick(n, pitch=72)]) for n in range(6, 30))
    rig = Rig(play_for(3.0, Cue(1.0, Anew(ticks))), one_note, ahead=4).run()
    late = next(revise for revise in rig.link.revised if revise.ticks == ticks)
    assert rig.link.told_of(Refused) == [Refused(late.revision)]
    assert {message[1] for _, message in rig.notes()} == {60}
    assert rig.link.told_of(Underrun) == []


def test_a_missing_tick_is_an_underrun_and_the_beat_goes_on() -> None:
    rig = Rig(play_for(2.0), lambda n: None if 3 <= n < 6 else tick(n, [at_tick(n, 60)])).run()
    assert rig.link.told_of(Underrun) == [Underrun(3), Underrun(4), Underrun(5)]
    ons = [seconds - start_of(rig) for seconds, message in rig.notes() if message[0] == 0x90]
    assert ons[:5] == pytest.approx([0, 0.125, 0.25, 0.75, 0.875])


def test_a_composer_that_composes_slower_than_a_tick_lasts_is_in_time_if_it_is_ahead() -> None:
    rig = Rig(play_for(3.0), one_note, ahead=8)
    rig.link.compose_seconds = 3 * TICK_SECONDS
    rig.link.delays = {0: 0.0}
    rig.run()
    assert [*rig.link.told_of(Underrun), *rig.link.told_of(Refused)] == []
    assert len(rig.link.told_of(Taken)) > 5


def test_a_composer_that_hangs_is_not_spoken_to_for_ever() -> None:
    rig = Rig(play_for(400.0), lambda n: tick(n, tempo=300.0) if n < 8 else None, ahead=8)
    rig.link.hang = (1.0, inf)
    rig.run()
    assert MOST_WAITING_BYTES <= rig.link.waiting_bytes < MOST_WAITING_BYTES + 1000
    assert len(rig.named("f8")) > 390 * 120


def test_a_composer_that_hangs_and_recovers_is_played_from_again() -> None:
    rig = Rig(play_for(8.0), one_note, ahead=4)
    rig.link.hang = (2.6, 6.0)
    rig.run()
    missing = [message.tick for message in rig.link.told_of(Underrun)]
    silent = range(missing[0], missing[-1] + 1)
    assert missing == list(silent)
    assert len(silent) > 20
    assert missing[-1] * TICK_SECONDS + start_of(rig) < 6.0
    ons = [seconds - start_of(rig) for seconds, message in rig.notes() if message[0] == 0x90]
    expected = [n for n in begun(rig) if n not in silent]
    assert ons[: len(expected)] == pytest.approx([n * TICK_SECONDS for n in expected])
    assert rig.notes()[-1][0] > 7.5
    assert sounding(rig.sent()) == set()


def test_after_a_stall_old_note_ons_are_dropped_and_old_ends_are_not() -> None:
    rig = Rig(play_for(4.0), lambda n: tick(n, [at_tick(n, 130, pitch=40 + n)]))
    stalled = rig.link.recv

    def recv() -> ToPlayer | NewComposer:
        message = stalled()
        if isinstance(message, Revise) and message.course == 1 and message.from_tick == 4:
            rig.clock.sleep_until(rig.clock.now() + 2.0)
        return message

    rig.link.recv = recv  # type: ignore[method-assign]
    rig.run()
    assert sounding(rig.sent()) == set()
    assert max(row[6] for row in rig.link.rows() if row[2]) <= 110_000
    assert max(after - before for before, after in pairwise(begun(rig))) > 10
    clocks = rig.named("f8")
    assert min(after - before for before, after in pairwise(clocks[-20:])) > 0.02
