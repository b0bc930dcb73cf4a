"""A player that goes on for a dead one under a foreign MIDI clock, in virtual time."""

from itertools import pairwise

import pytest

from daemon.link.inputs import CONTINUE, START, STOP
from daemon.link.player import Began, ClockState, Inherit, Located, TakeOver, Transport
from daemon.link.timeline import Timeline
from tests.daemon.player.foreign import clocks, command
from tests.daemon.player.test_following import MIDI, TICK, note_each_tick, ons
from tests.daemon.rig import Anew, Cue, Rig


def followed_on(
    song: list[Cue], until: float, then: list[Cue], end: float, *, plays: bool = True
) -> tuple[Rig, Began]:
    """Return what a second player does that goes on for one which died at `until`, and the last tick of the first."""
    first = Rig(
        [Cue(0.0, Transport("play")), Cue(0.02, Anew()), *song, Cue(until, None)],
        note_each_tick,
        ahead=20,
        time=MIDI,
    ).run()
    told, began = (
        first.link.told_of(ClockState)[-1],
        [Began(1, -1, Timeline(0, 0.0, 120.0)), *first.link.told_of(Began)][-1],
    )
    awaits = not (told.leader == "internal" or told.runs)
    begins = until + 0.2
    order = TakeOver(1, began.tick + 1, began.timeline if plays else None, (), waits=awaits and not plays)
    script = [Cue(begins, Inherit(told)), Cue(begins, order), *then, Cue(end, None)]
    again = Rig(
        [*(each for each in song if each.seconds > begins - 0.05), *script],
        note_each_tick,
        ahead=20,
        time=MIDI,
    )
    return again.run(), began


def test_after_the_death_of_a_player_the_music_waits_until_the_foreign_transport_goes_on() -> None:
    song = [*clocks(0.0, 8.0, 120), command(0.99, START), command(2.3, STOP)]
    rig, began = followed_on(song, 3.0, [command(4.99, CONTINUE)], 8.0, plays=False)
    (first, pitch), *_ = ons(rig)
    # It stopped in the middle of tick 10, at clock 63; tick 11 begins 3 clocks after the continue.
    assert (began.tick, pitch - 48) == (10, 11)
    assert first == pytest.approx(5.0 + 3 * TICK / 6, abs=0.0005)


def test_after_the_death_of_a_player_the_music_waits_for_the_first_start() -> None:
    rig, _ = followed_on([*clocks(0.0, 8.0, 120)], 3.0, [command(4.99, START)], 8.0, plays=False)
    (first, pitch), *_ = ons(rig)
    assert pitch == 48
    assert first == pytest.approx(5.0, abs=0.005)


def test_the_song_started_while_there_was_no_composer_to_say_that_the_music_waits() -> None:
    song = [*clocks(0.0, 8.0, 120), command(3.19, START)]
    rig, _ = followed_on(song, 3.0, [], 8.0, plays=False)
    assert ons(rig)[0][1] == 48


@pytest.mark.parametrize("jitter_ms", [0.0, 3.0])
def test_a_new_player_knows_the_place_of_the_song(jitter_ms: float) -> None:
    song = [
        *clocks(0.0, 12.0, 120, jitter_ms),
        command(0.99, START),
        command(6.99, STOP),
        command(7.99, CONTINUE),
    ]
    rig, began = followed_on(song, 3.5, [], 12.0)
    assert began.tick in (19, 20)
    played = ons(rig)
    assert [pitch - 48 for _, pitch in played] == [
        n % 16 for n in range(played[0][1] - 48, played[0][1] - 48 + len(played))
    ]
    assert not [seconds for seconds, _ in played if 7.02 < seconds < 7.98]
    # Six seconds of song are 48 ticks, and it stopped shortly before the 49th.
    located = rig.link.told_of(Located)[-1]
    assert (located.position, located.tick) == (48, 48)


def test_a_new_player_goes_on_with_the_internal_clock_if_the_foreign_one_was_lost() -> None:
    back = clocks(7.0, 12.0, 120)
    song = [*clocks(0.0, 3.0, 120), command(0.99, START), *back]
    rig, _ = followed_on(song, 4.5, [], 12.0)
    leaders = [each.leader for each in rig.link.told_of(ClockState) if each.is_heir]
    assert (leaders[0], leaders[-1]) == ("internal", "midi")
    at_its_own_tempo = [
        later - earlier for (earlier, _), (later, _) in pairwise(ons(rig)) if 5.2 < earlier < 6.8
    ]
    assert at_its_own_tempo == pytest.approx([60 / 90 / 4] * len(at_its_own_tempo), abs=0.001)


def test_a_clock_that_is_lost_together_with_the_player_is_lost_to_the_next_one() -> None:
    song = [*clocks(0.0, 3.0, 120), command(0.99, START)]
    rig, _ = followed_on(song, 2.99, [], 7.0)
    assert [each.leader for each in rig.link.told_of(ClockState) if each.is_heir][-1] == "internal"
