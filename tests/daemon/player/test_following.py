"""The player under a foreign MIDI clock, in virtual time."""

from itertools import pairwise

import pytest

from daemon.link.inputs import CONTINUE, SONG_POSITION, START, STOP
from daemon.link.player import Began, ClockState, Located, Moved, SetClock, TakeOver, Transport
from daemon.link.timeline import Timeline
from daemon.player.link import PlayerSettings, TimeSettings
from tests.daemon.player.foreign import clocks, command
from tests.daemon.rig import Anew, Cue, Rig, at_tick, sounding, tick

TICK = 60 / 120 / 4
MIDI = TimeSettings(source="midi")


def note_each_tick(number: int):  # type: ignore[no-untyped-def]
    return tick(number, [at_tick(number, 100, pitch=48 + number % 16)], tempo=90.0)


def followed(script: list[Cue], end: float, time: TimeSettings = MIDI, **more) -> Rig:  # type: ignore[no-untyped-def]
    play = Cue(0.0, Transport("play"))
    rig = Rig(
        [play, Cue(0.02, Anew()), *script, Cue(end, None)], note_each_tick, ahead=20, time=time, **more
    ).run()
    assert not sounding(rig.notes())
    return rig


def ons(rig: Rig) -> list[tuple[float, int]]:
    return [(seconds, message[1]) for seconds, message in rig.notes() if message[0] & 0xF0 == 0x90]


def late_ms(times: list[float], begins: float = 1.0) -> list[float]:
    """Return how far notes are from the true grid, in ms, from the fifth bar on."""
    places = [(seconds - begins) / TICK for seconds in times[64:]]
    return [abs(place - round(place)) * TICK * 1e3 for place in places]


def test_nothing_plays_before_the_clock_starts() -> None:
    rig = followed([*clocks(0.1, 3.0, 120)], 3.0)
    assert not ons(rig)
    assert not rig.link.told_of(Moved)


def test_start_begins_tick_0_at_the_next_clock() -> None:
    grid = [*clocks(0.1, 6.0, 120)]
    started = 0.1 + 96.5 * TICK / 6
    rig = followed([*grid, command(started, START)], 6.0)
    (first, pitch), *_ = ons(rig)
    assert pitch == 48
    assert first == pytest.approx(0.1 + 97 * TICK / 6, abs=0.0002)
    times = [seconds for seconds, _ in ons(rig)]
    assert all(later - earlier == pytest.approx(TICK, abs=0.0002) for earlier, later in pairwise(times))


def test_start_together_with_the_first_clock_loses_no_note() -> None:
    rig = followed([command(0.999, START), *clocks(1.0, 5.0, 120)], 5.0)
    (first, pitch), *_ = ons(rig)
    assert pitch == 48
    assert first == pytest.approx(1.0, abs=0.005)


@pytest.mark.parametrize(("jitter_ms", "most_ms"), [(0, 0.05), (1, 0.2), (2, 0.4), (5, 1.0), (10, 2.0)])
def test_jitter_of_the_clock_is_not_heard(jitter_ms: float, most_ms: float) -> None:
    begins = 1.0
    rig = followed([*clocks(0.0, 40.0, 120, jitter_ms), command(begins - 0.01, START)], 40.0)
    after_four_bars = sorted(late_ms([seconds for seconds, _ in ons(rig)], begins))
    assert len(after_four_bars) > 200
    assert after_four_bars[int(0.95 * len(after_four_bars))] <= most_ms


def test_stop_ends_all_notes_and_continue_goes_on_where_it_was() -> None:
    script = [*clocks(0.0, 8.0, 120), command(0.99, START), command(2.3, STOP), command(4.0 - 0.01, CONTINUE)]
    rig = followed(script, 8.0)
    played = ons(rig)
    assert not [seconds for seconds, _ in played if 2.31 < seconds < 3.99]
    pitches = [pitch - 48 for _, pitch in played]
    assert pitches == [n % 16 for n in range(len(pitches))]
    resumed = next(seconds for seconds, _ in played if seconds > 2.31)
    # The transport stopped in the middle of tick 10, at clock 63; tick 11 begins 3 clocks after the continue.
    assert resumed == pytest.approx(4.0 + 3 * TICK / 6, abs=0.0005)


def test_start_while_playing_begins_a_new_course() -> None:
    script = [*clocks(0.0, 8.0, 120), command(0.99, START), command(2.99, START)]
    rig = followed(script, 8.0)
    assert [pitch - 48 for seconds, pitch in ons(rig) if seconds > 2.999][:3] == [0, 1, 2]
    assert next(seconds for seconds, _ in ons(rig) if seconds > 2.99) == pytest.approx(3.0, abs=0.005)
    assert rig.link.told_of(Began)[-1].course == 2


def test_a_song_position_while_stopped_is_where_continue_begins() -> None:
    script = [
        *clocks(0.0, 8.0, 120),
        command(0.5, STOP),
        command(0.6, SONG_POSITION, 37),
        command(0.99, CONTINUE),
    ]
    rig = followed(script, 8.0)
    (first, pitch), *_ = ons(rig)
    assert first == pytest.approx(1.0, abs=0.0005)
    assert pitch == 48 + 37 % 16
    located = rig.link.told_of(Located)[0]
    assert (located.position, located.tick) == (37, 5)


def test_a_loop_in_the_song_moves_the_counter_and_not_the_music() -> None:
    # After two bars the song jumps back to its beginning.
    script = [*clocks(0.0, 8.0, 120), command(0.99, START), command(4.99, SONG_POSITION, 0)]
    rig = followed(script, 8.0)
    pitches = [pitch - 48 for _, pitch in ons(rig)]
    assert pitches == [n % 16 for n in range(len(pitches))]
    located = rig.link.told_of(Located)[-1]
    assert located.position - located.tick == -32


def test_a_jump_inside_a_bar_keeps_the_bars_of_song_and_music_together() -> None:
    script = [*clocks(0.0, 8.0, 120), command(0.99, START), command(2.99, SONG_POSITION, 4)]
    rig = followed(script, 8.0)
    after = [(seconds, pitch - 48) for seconds, pitch in ons(rig) if seconds > 2.995]
    assert after[0][0] == pytest.approx(3.0, abs=0.0005)
    assert [pitch for _, pitch in after[:4]] == [4, 5, 6, 7]


def test_song_positions_can_be_ignored_while_the_clock_runs() -> None:
    script = [*clocks(0.0, 8.0, 120), command(0.99, START), command(2.99, SONG_POSITION, 4)]
    rig = followed(script, 8.0, TimeSettings(source="midi", obeys_position=False))
    pitches = [pitch - 48 for _, pitch in ons(rig)]
    assert pitches == [n % 16 for n in range(len(pitches))]


@pytest.mark.parametrize("fallback", [False, True])
def test_a_clock_that_drops_out_is_taken_up_again_without_a_burst(fallback: bool) -> None:
    grid = [*clocks(0.0, 5.0, 120), *clocks(5.0 + 2.5, 12.0, 120)]
    rig = followed([*grid, command(0.99, START)], 12.0, TimeSettings(source="midi", fallback=fallback))
    gaps = [later - earlier for earlier, later in pairwise(seconds for seconds, _ in ons(rig))]
    assert min(gaps) > 0.8 * TICK
    if not fallback:
        assert max(gaps) < 1.01 * TICK
    leaders = [state.leader for state in rig.link.told_of(ClockState)]
    assert ("internal" in leaders[:-1]) == fallback
    assert leaders[-1] == "midi"
    assert [state.is_locked for state in rig.link.told_of(ClockState)][-1]
    # The phase is right again at the end.
    last = ons(rig)[-1][0]
    assert (last - 1.0) / TICK == pytest.approx(round((last - 1.0) / TICK), abs=0.01)


def test_the_source_can_be_changed_while_the_music_plays() -> None:
    script = [
        *clocks(0.0, 12.0, 120),
        command(0.99, START),
        Cue(3.1, SetClock("midi")),
        Cue(7.1, SetClock("internal")),
    ]
    rig = followed(script, 12.0, TimeSettings())
    followed_times = [seconds for seconds, _ in ons(rig) if 3.2 < seconds < 7.0]
    late = [(seconds - 1.0) / TICK for seconds in followed_times]
    assert late == pytest.approx([round(each) for each in late], abs=0.01)
    # The bars of the music are those of the song: bar 1 of it begins at 3 s.
    (seconds, pitch) = next((seconds, pitch) for seconds, pitch in ons(rig) if seconds > 4.99)
    assert seconds == pytest.approx(5.0, abs=0.002)
    assert pitch == 48
    gaps = [
        later - earlier for earlier, later in pairwise(seconds for seconds, _ in ons(rig) if seconds > 7.3)
    ]
    assert gaps == pytest.approx([60 / 90 / 4] * len(gaps), abs=0.001)  # the tempo of the ticks acts again


def test_a_chosen_clock_that_is_not_heard_leaves_the_lead_to_the_internal_one() -> None:
    script = [Cue(2.0, SetClock("midi")), *clocks(6.0, 9.0, 120), Cue(9.0, None)]
    play = [Cue(0.0, Transport("play")), Cue(0.02, Anew())]
    rig = Rig([*play, *script], note_each_tick, ahead=20, time=TimeSettings()).run()
    leaders = [each.leader for each in rig.link.told_of(ClockState)]
    assert [leader for n, leader in enumerate(leaders) if n == 0 or leader != leaders[n - 1]] == [
        "internal",
        "midi",
        "internal",
        "midi",
    ]
    times = [seconds for seconds, _ in ons(rig) if 3.2 < seconds < 5.9]
    assert all(later - earlier == pytest.approx(60 / 90 / 4, abs=0.001) for earlier, later in pairwise(times))


def test_offset_and_nudge_move_the_notes() -> None:
    script = [*clocks(0.0, 9.0, 120), command(0.99, START), Cue(4.1, SetClock(nudge_ms=-5.0))]
    rig = followed(script, 9.0, TimeSettings(source="midi", offset_ms=20.0))
    (first, _), *_ = ons(rig)
    assert first == pytest.approx(1.02, abs=0.0005)
    last = ons(rig)[-1][0]
    assert (last - 1.015) / TICK == pytest.approx(round((last - 1.015) / TICK), abs=0.005)


def test_a_new_player_is_nudged_as_the_one_before_it_was() -> None:
    timeline = Timeline(0, 0.985, 120.0)
    chosen = Cue(1.3, SetClock("midi", nudge_ms=-15.0))
    script = [*clocks(0.0, 6.0, 120), command(0.99, START), chosen, Cue(1.4, TakeOver(1, 4, timeline))]
    rig = followed(script, 6.0, TimeSettings())
    beats = [(seconds - 0.985) / TICK for seconds, _ in ons(rig) if seconds > 1.5]
    assert len(beats) > 10
    assert beats == pytest.approx([round(each) for each in beats], abs=0.005)
    assert rig.link.told_of(ClockState)[-1].nudged_ms == -15.0


@pytest.mark.parametrize("ms", [-10.0, -40.0, -200.0])
def test_a_new_player_follows_in_phase_with_a_voice_that_is_sent_earlier(ms: float) -> None:
    asked = Cue(1.2999, SetClock("midi", delays={"lead": ms}))
    song = [*clocks(0.0, 6.0, 120), command(0.01, START)]
    for timeline in (Timeline(0, 0.02 + ms / 1e3, 120.0), None):
        script = [
            *song,
            asked,
            Cue(1.3, TakeOver(1, 8, timeline)),
            *([] if timeline else [Cue(1.5, Transport("continue"))]),
        ]
        rig = Rig([*script, Cue(6.0, None)], note_each_tick, ahead=20).run()
        late = [(seconds - 0.0208 - ms / 1e3) / TICK for seconds, _ in ons(rig) if seconds > 2.0]
        assert len(late) > 10
        assert late == pytest.approx([round(each) for each in late], abs=0.01)


def test_a_nudge_of_the_internal_clock_does_not_move_a_clock_that_is_followed_later() -> None:
    nudged = [Cue(1.0, Transport("play")), Cue(2.0, SetClock(nudge_ms=40.0)), Cue(3.1, SetClock("midi"))]
    rig = followed([*nudged, *clocks(3.0, 9.0, 120), command(4.99, START)], 9.0, TimeSettings())
    late = [(seconds - 5.0) / TICK for seconds, _ in ons(rig) if seconds > 5.5]
    assert len(late) > 10
    assert late == pytest.approx([round(each) for each in late], abs=0.005)
    assert rig.link.told_of(ClockState)[-1].nudged_ms == 0.0


def test_only_the_clock_of_one_port_is_followed() -> None:
    script = [*clocks(0.0, 6.0, 120), command(0.99, START), *clocks(1.0, 6.0, 70, port="other")]
    rig = followed([*script, command(2.0, STOP, port="other")], 6.0)
    times = [seconds for seconds, _ in ons(rig)]
    assert all(later - earlier == pytest.approx(TICK, abs=0.0005) for earlier, later in pairwise(times))


def test_a_deck_that_was_stopped_by_hand_stays_silent() -> None:
    script = [*clocks(0.0, 6.0, 120), Cue(0.5, Transport("stop")), command(0.99, START)]
    assert not ons(followed(script, 6.0))


def test_a_port_that_only_the_clock_goes_to_is_opened() -> None:
    settings = PlayerSettings(routes={"lead": "Box"}, clock_ports=("edmd melody", "Box", "TR-8S"))
    assert settings.further_ports() == ("TR-8S",)
    script = [Cue(0.0, Transport("play")), Cue(2.0, None)]
    rig = Rig(script, note_each_tick, visible=["Roland TR-8S"], clock_ports=("TR-8S",)).run()
    assert len(rig.named("f8", "TR-8S")) > 40
    assert not rig.named("f8")


def test_the_clock_is_never_sent_back_to_its_port_unasked() -> None:
    script = [*clocks(0.0, 4.0, 120, port="Box"), command(0.99, START, port="Box"), Cue(4.0, None)]
    routed = {"lead": "Box", "bass": "Other"}
    for listed, expected in ((None, {"Other"}), (("box",), {"Box"})):
        rig = Rig(
            [Cue(0.0, Transport("play")), *script],
            note_each_tick,
            routes=routed,  # type: ignore[arg-type]
            visible=["Box", "Other"],
            time=MIDI,
            clock_ports=listed,
        ).run()
        later = {name for name in ("Box", "Other") if [each for each in rig.named("f8", name) if each > 1.0]}
        assert later == expected
