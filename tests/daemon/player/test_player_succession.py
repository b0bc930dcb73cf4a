"""A player that takes another one's place: in phase, after its last tick, ending what was left sounding."""

import pytest

from daemon.link.player import Attached, Began, Moved, Quit, Silence, TakeOver, TickNotes, Transport
from daemon.link.timeline import Timeline
from tests.daemon.rig import Cue, Rig, at_tick, tick

PLAY = Transport("play")
QUIT = Quit()
TICK_SECONDS = 0.125  # at 120 BPM


def one_note(number: int) -> TickNotes:
    return tick(number, [at_tick(number)])


def taken_over(start_tick: int, timeline: Timeline | None, *hanging: tuple[int, int]) -> Cue:
    return Cue(0.0, TakeOver(2, start_tick, timeline, hanging))


def test_a_successor_goes_on_in_phase_without_start() -> None:
    rig = Rig([taken_over(3, Timeline(0, -10.0, 120.0)), Cue(1.0, QUIT)], one_note).run()
    number = rig.link.told_of(Began)[0].tick
    assert rig.link.told_of(Moved)[0] == Moved(2, "playing", number)
    assert rig.notes()[0][0] == pytest.approx(-10.0 + number * TICK_SECONDS)
    assert 0.03 <= rig.notes()[0][0] <= 0.03 + TICK_SECONDS
    assert rig.named("fa") == rig.named("fb") == []
    assert rig.named("f8")[0] == pytest.approx(0.0)


def test_a_successor_waits_for_the_first_tick_its_composer_can_make() -> None:
    rig = Rig([taken_over(5, Timeline(0, 0.0, 120.0)), Cue(1.0, QUIT)], one_note).run()
    assert rig.notes()[0][0] == pytest.approx(5 * TICK_SECONDS)


def test_the_clock_goes_on_in_phase_until_the_first_tick() -> None:
    rig = Rig([taken_over(5, Timeline(0, -1.01, 120.0)), Cue(1.0, QUIT)], one_note).run()
    clocks = [(seconds + 1.01) * 48 for seconds in rig.named("f8") if seconds > 0.0]
    assert clocks == pytest.approx([round(clock) for clock in clocks])
    assert clocks == pytest.approx([clocks[0] + n for n in range(len(clocks))])


def test_a_successor_ends_what_was_left_sounding() -> None:
    cue = taken_over(3, Timeline(0, -10.0, 120.0), (1, 60), (3, 36))
    rig = Rig([cue, Cue(1.0, QUIT)], one_note).run()
    ended = [
        message.hex() for seconds, message in rig.sent() if seconds == 0.0 and message[0] >> 4 in (8, 11)
    ]
    resets = [f"b{channel}{control}00" for channel in (0, 2) for control in ("40", "7b", "78")]
    assert ended == ["803c40", "822440", *resets]


def test_a_stopped_successor_stays_stopped_and_silent() -> None:
    rig = Rig([taken_over(7, None, (1, 60)), Cue(1.0, QUIT)], one_note).run()
    assert [message.hex() for _, message in rig.notes()] == ["803c40"]
    assert [*rig.link.told_of(Moved), *rig.link.told_of(Began)] == []
    assert len(rig.named("f8")) > 40


def test_a_successor_refuses_what_was_sent_to_the_one_before() -> None:
    rig = Rig([taken_over(3, Timeline(0, -10.0, 120.0)), Cue(1.0, QUIT)], one_note).run()
    attached = rig.link.told_of(Attached)[0]
    assert (attached.revision, attached.course) == (0, 0)
    assert {revise.course for revise in rig.link.revised if revise.from_tick} == {2}


def test_silence_ends_a_predecessors_notes_but_not_our_own() -> None:
    cue = Cue(0.5, Silence(((1, 60), (2, 64))))
    rig = Rig(
        [Cue(0.1, PLAY), cue, Cue(1.0, QUIT)], lambda n: tick(n, [at_tick(n, 5000)] if n == 0 else [])
    ).run()
    told = [message for seconds, message in rig.sent() if seconds == 0.5 and message != b"\xf8"]
    assert told == [b"\x81\x40\x40", b"\xb1\x40\x00", b"\xb1\x7b\x00", b"\xb1\x78\x00"]
