"""Clicks before the music, in virtual time: when, where, and that nothing of them stays."""

import pytest

from daemon.link.inputs import START
from daemon.link.player import Moved, Transport
from daemon.player.link import TimeSettings
from tests.daemon.player.foreign import clocks, command
from tests.daemon.player.test_link_session import steady
from tests.daemon.rig import Anew, Cue, Rig, at_tick, sounding, tick

BEAT = 0.5


def counted(script: list[Cue], end: float, bars: int = 1, play: float = 0.1, **settings) -> Rig:  # type: ignore[no-untyped-def]
    start = [Cue(play, Transport("play", count_in=bars)), Cue(play + 0.02, Anew())]
    rig = Rig(
        [*start, *script, Cue(end, None)], lambda n: tick(n, [at_tick(n, 60)]), ahead=20, **settings
    ).run()
    assert not sounding(rig.notes("edmd percussion"))
    return rig


def clicks(rig: Rig) -> list[tuple[float, bytes]]:
    return [(seconds, message) for seconds, message in rig.notes("edmd percussion") if message[0] == 0x99]


def first_note(rig: Rig) -> float:
    return next(seconds for seconds, message in rig.notes() if message[0] & 0xF0 == 0x90)


@pytest.mark.parametrize("bars", [1, 2])
def test_each_beat_of_the_bars_before_the_music_has_a_click(bars: int) -> None:
    rig = counted([], 7.0, bars)
    begins = first_note(rig)
    times = [seconds for seconds, _ in clicks(rig)]
    assert times == pytest.approx([begins - (4 * bars - n) * BEAT for n in range(4 * bars)], abs=0.0005)
    assert times[0] < 0.25
    assert [message[1] for _, message in clicks(rig)] == [76, 77, 77, 77] * bars
    assert [moved.count_in for moved in rig.link.told_of(Moved)][:1] == [bars]


def test_receivers_of_our_clock_start_with_the_music() -> None:
    rig = counted([], 5.0)
    (start,) = rig.named("fa")
    assert 0 < first_note(rig) - start < BEAT / 24


def test_a_stop_while_it_counts_ends_the_clicks() -> None:
    rig = counted([Cue(1.2, Transport("stop"))], 5.0)
    assert len(clicks(rig)) == 3
    assert not [message for _, message in rig.notes() if message[0] & 0xF0 == 0x90]


def test_changes_while_it_counts_leave_the_clicks() -> None:
    rig = counted([Cue(0.9, Anew())], 5.0)
    assert len(clicks(rig)) == 4


def test_continue_does_not_count_in_again() -> None:
    rig = counted([Cue(3.0, Transport("stop")), Cue(3.5, Transport("continue"))], 5.0)
    assert len(clicks(rig)) == 4


def test_a_song_that_already_runs_counts_nothing_in() -> None:
    script = [*clocks(0.0, 6.0, 120), command(0.05, START)]
    rig = counted(script, 6.0, play=1.0, time=TimeSettings(source="midi"))
    assert not clicks(rig)
    assert first_note(rig) == pytest.approx(2.0625, abs=0.001)  # at the next bar


def test_in_a_link_session_the_clicks_are_on_its_beats() -> None:
    rig = counted(steady(0.3, 8.0, 101, 0.1), 8.0, time=TimeSettings(source="link"))
    assert [seconds for seconds, _ in clicks(rig)] == pytest.approx([1.6, 2.1, 2.6, 3.1], abs=0.0005)
    assert first_note(rig) == pytest.approx(3.6, abs=0.0005)
