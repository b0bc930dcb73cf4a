"""The player in an Ableton Link session, in virtual time: the states are those that the input process sends."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from daemon.link.inputs import ChangeSession, JoinSession, LeaveSession, NewInput, SessionState
from daemon.link.player import Began, ClockState, Located, SetClock, Transport, Wanted
from daemon.link.timeline import Timeline
from daemon.player.link import TimeSettings
from models.notes import PULSES_PER_BEAT
from tests.daemon.rig import Anew, Cue, Rig, at_tick, sounding, tick

LINK = TimeSettings(source="link")
SHARED = TimeSettings(source="link", shares_start=True)
BEAT = 0.5
TICK = BEAT / 4


def note_each_tick(number: int):  # type: ignore[no-untyped-def]
    return tick(number, [at_tick(number, 100, pitch=48 + number % 16)], tempo=90.0)


def session(  # type: ignore[no-untyped-def]
    seconds: float, beat: int, at: float, tempo: float = 120.0, peers: int = 1, **more
) -> Cue:
    """Return a state told at `seconds`: `beat` sounds at `at`."""
    return Cue(seconds, SessionState(seconds, Timeline(beat * PULSES_PER_BEAT, at, tempo), peers, **more))


def steady(first: float, last: float, beat: int, at: float, **more) -> list[Cue]:  # type: ignore[no-untyped-def]
    """Return the states of each second of a session."""
    return [session(first + n, beat, at, **more) for n in range(int(last - first))]


def joined(script: Sequence[Cue], end: float, time: TimeSettings = LINK, *, plays: bool = True) -> Rig:
    begin = [Cue(0.0, Transport("play")), Cue(0.02, Anew())] if plays else []
    rig = Rig([*begin, *script, Cue(end, None)], note_each_tick, ahead=20, time=time).run()
    assert not sounding(rig.notes())
    return rig


def ons(rig: Rig) -> list[tuple[float, int]]:
    return [(seconds, message[1] - 48) for seconds, message in rig.notes() if message[0] & 0xF0 == 0x90]


def test_music_starts_on_a_bar_of_the_session_and_keeps_its_beat() -> None:
    rig = joined(steady(0.3, 9.0, 101, 0.1), 9.0)  # beat 104, at 1.6 s, begins a bar
    played = ons(rig)
    assert played[0][1] == 0
    assert [seconds for seconds, _ in played] == pytest.approx(
        [1.6 + n * TICK for n in range(len(played))], abs=0.0005
    )


def test_nothing_plays_before_the_session_is_heard() -> None:
    assert not ons(joined([], 3.0))


def test_joining_asks_for_no_tempo_and_names_our_own_timeline() -> None:
    rig = joined([Cue(2.0, SetClock("link")), *steady(2.1, 6.0, 0, 2.0, tempo=133.0)], 6.0, TimeSettings())
    (order,) = rig.link.told_of(JoinSession)
    assert order.timeline.tempo == pytest.approx(90.0)  # that of the ticks, if nobody else is there
    assert not rig.link.told_of(ChangeSession)
    assert rig.link.told_of(ClockState)[-1].tempo == 133.0
    assert rig.link.told_of(ClockState)[-1].peers == 1


def test_a_session_of_our_own_leaves_the_music_where_it_is() -> None:
    alone = joined([], 8.0, TimeSettings())
    timeline = alone.link.told_of(Began)[-1].timeline
    states = [
        Cue(
            3.1 + n / 2,
            SessionState(3.1 + n / 2, timeline._replace(origin_pulse=timeline.origin_pulse + 1920 * 7), 0),
        )
        for n in range(9)
    ]
    rig = joined([Cue(3.0, SetClock("link")), *states], 8.0, TimeSettings())
    assert [pitch for _, pitch in ons(rig)] == [pitch for _, pitch in ons(alone)]
    assert [s for s, _ in ons(rig)] == pytest.approx([s for s, _ in ons(alone)], abs=0.0005)


def test_switching_while_playing_puts_the_bars_together() -> None:
    rig = joined([Cue(3.0, SetClock("link")), *steady(3.1, 12.0, 40, 3.3)], 12.0, TimeSettings())
    seconds = next(seconds for seconds, pitch in ons(rig) if seconds > 3.3 and pitch == 0)
    assert (seconds - 3.3) / (4 * BEAT) == pytest.approx(round((seconds - 3.3) / (4 * BEAT)), abs=0.001)
    located = rig.link.told_of(Located)[-1]
    assert located.position == located.tick  # the bars of a session have no numbers


@pytest.mark.parametrize("jump_beats", [-2.0, -0.3, 0.25, 1.5, 1000.0])
def test_beats_that_jump_when_sessions_merge_move_the_bars_and_burst_nothing(jump_beats: float) -> None:
    at = 0.1 - jump_beats * BEAT
    rig = joined([*steady(0.3, 5.0, 100, 0.1), *steady(5.05, 14.0, 100, at)], 14.0)
    played = ons(rig)
    assert min(later - earlier for (earlier, _), (later, _) in pairwise(played)) > 0.45 * TICK
    bars = [(seconds - at) / (4 * BEAT) for seconds, pitch in played if seconds > 8 and pitch == 0]
    assert bars == pytest.approx([round(bar) for bar in bars], abs=0.001)


def test_a_tempo_of_the_session_is_followed_at_once_and_ours_is_passed_on() -> None:
    faster = [*steady(5.0, 9.0, 110, 5.1, tempo=150.0)]
    rig = joined([*steady(0.3, 5.0, 100, 0.1), *faster, Cue(7.0, SetClock(tempo=99.0))], 9.0)
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(ons(rig)) if earlier > 5.2]
    assert gaps == pytest.approx([60 / 150 / 4] * len(gaps), abs=0.0005)
    assert rig.link.told_of(ChangeSession) == [ChangeSession(99.0)]


def test_a_new_input_process_joins_again_and_leaving_is_told() -> None:
    rig = joined([*steady(0.3, 4.0, 100, 0.1), Cue(2.0, NewInput()), Cue(3.0, SetClock("internal"))], 5.0)
    (order,) = rig.link.told_of(JoinSession)
    assert order.timeline.seconds_at(0) == pytest.approx(2.1, abs=0.0005)  # our first bar
    assert len(rig.link.told_of(LeaveSession)) == 1
    # The music goes on, with the tempo of the ticks.
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(ons(rig)) if earlier > 3.5]
    assert gaps == pytest.approx([60 / 90 / 4] * len(gaps), abs=0.0005)


def test_start_and_stop_stay_here_unless_they_are_shared() -> None:
    rig = joined([*steady(0.3, 6.0, 100, 0.1), Cue(4.0, Transport("stop"))], 6.0)
    assert not rig.link.told_of(ChangeSession)


def test_our_start_and_stop_are_those_of_the_session() -> None:
    states = [session(0.3, 100, 0.1, is_playing=False, peers=0)]
    running = steady(0.35, 4.0, 100, 0.1, is_playing=True, since_seconds=2.1)
    rig = joined([*states, *running, Cue(4.0, Transport("stop"))], 6.0, SHARED)
    begin, end = rig.link.told_of(ChangeSession)
    assert begin.is_playing
    assert begin.seconds == pytest.approx(2.1, abs=0.0005)
    assert ons(rig)[0][0] == pytest.approx(2.1, abs=0.0005)
    assert end.is_playing is False
    assert ons(rig)[-1][0] < 4.0


def test_a_start_is_told_at_the_time_of_the_session_not_of_our_sending() -> None:
    states = [session(0.3, 100, 0.1, is_playing=False, peers=0)]
    states += steady(0.35, 4.0, 100, 0.1, is_playing=True, since_seconds=2.1)
    early = TimeSettings("link", offset_ms=-40.0, shares_start=True)
    rig = joined(states, 4.0, early)
    (begin,) = rig.link.told_of(ChangeSession)
    assert begin.seconds == pytest.approx(2.1, abs=0.0005)
    assert ons(rig)[0][0] == pytest.approx(2.06, abs=0.0005)


@pytest.mark.parametrize("peers", [0, 1])
def test_a_new_input_process_that_is_alone_stops_nothing_and_is_told_that_the_music_plays(peers: int) -> None:
    before = steady(0.3, 4.0, 100, 0.1, is_playing=True, since_seconds=0.2)
    anew = [session(5.6, 100, 0.1, is_playing=False, peers=peers)]
    asked = [] if peers else steady(5.7, 9.0, 100, 0.1, is_playing=True, since_seconds=5.6, peers=0)
    rig = joined([*before, Cue(4.0, NewInput()), *anew, *asked], 9.0, SHARED)
    told = rig.link.told_of(ChangeSession)
    if peers:  # others have stopped
        assert ons(rig)[-1][0] < 5.7
        assert not told
    else:
        assert ons(rig)[-1][0] > 8.5
        assert [each.is_playing for each in told] == [True]


def test_music_waits_for_others_who_share_their_start_and_obeys_their_stop() -> None:
    stopped = steady(0.3, 3.0, 100, 0.1, is_playing=False)
    running = steady(3.0, 7.0, 100, 0.1, is_playing=True, since_seconds=4.1)
    again = steady(7.05, 9.0, 100, 0.1, is_playing=False, since_seconds=7.05)
    rig = joined([*stopped, *running, *again], 9.0, SHARED)
    assert not rig.link.told_of(ChangeSession)
    assert ons(rig)[0][0] == pytest.approx(4.1, abs=0.0005)
    assert 6.9 < ons(rig)[-1][0] < 7.06


def test_a_start_of_others_starts_music_that_was_stopped_by_hand() -> None:
    stopped = steady(0.3, 3.0, 100, 0.1, is_playing=False)
    running = steady(3.0, 7.0, 100, 0.1, is_playing=True, since_seconds=4.1)
    rig = joined([*stopped, *running], 7.0, SHARED, plays=False)
    assert ons(rig)[0][0] == pytest.approx(4.1, abs=0.0005)


def test_states_of_before_our_stop_and_start_are_not_obeyed() -> None:
    running = steady(0.3, 4.1, 100, 0.1, is_playing=True, since_seconds=0.1)
    ours = [Cue(4.0, Transport("stop")), Cue(4.03, Transport("play")), Cue(4.04, Anew())]
    late = [session(4.06, 100, 0.1, is_playing=False), session(4.09, 100, 0.1, is_playing=True)]
    rig = joined([*running, *ours, *late, *steady(5.0, 8.0, 100, 0.1, is_playing=True)], 8.0, SHARED)
    assert [order.is_playing for order in rig.link.told_of(ChangeSession)] == [False, True]
    after = [seconds for seconds, _ in ons(rig) if seconds > 4.03]
    assert after == pytest.approx([4.1 + n * TICK for n in range(len(after))], abs=0.0005)
    assert len(rig.link.told_of(Wanted)) == 0
