"""A delay for each voice: sent so much later or earlier than the others, also if it changes while it plays."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.link.player import ClockState, Mute, Quit, SetClock, TakeOver, TickNotes, Transport
from daemon.link.timeline import Timeline
from daemon.player.link import TimeSettings
from models.notes import PULSES_PER_BEAT, VOICES, Voice
from tests.daemon.rig import Cue, Rig, at_tick, sounding, tick

CHANNEL = {"lead": 0, "chords": 1, "bass": 2, "drums": 9}


def together(number: int) -> TickNotes:
    return tick(number, [at_tick(number, 30, voice=voice, pitch=60) for voice in VOICES])


def played(delays: dict[Voice, float], *cues: Cue, seconds: float = 3.0) -> Rig:
    script = [Cue(0.5, Transport("play")), *cues, Cue(seconds, Quit())]
    return Rig(script, together, ahead=8, time=TimeSettings(delays=delays)).run()


def ons(rig: Rig, voice: Voice) -> list[float]:
    port, status = "edmd percussion" if voice == "drums" else "edmd melody", 0x90 | CHANNEL[voice]
    return [seconds for seconds, message in rig.sent(port) if message[0] == status]


def lags(rig: Rig, voice: Voice) -> set[float]:
    return {
        round((own - other) * 1e3, 3) for own, other in zip(ons(rig, voice), ons(rig, "drums"), strict=False)
    }


def wrong_order(rig: Rig) -> list[bytes]:
    """Return messages that begin a note that sounds, or end one that does not."""
    wrong: list[bytes] = []
    held: set[tuple[int, int]] = set()
    for _, message in rig.notes():
        key = (message[0] & 0x0F, message[1])
        is_on = message[0] & 0xF0 == 0x90
        if is_on == (key in held):
            wrong.append(message)
        held = held | {key} if is_on else held - {key}
    return wrong


@pytest.mark.parametrize("ms", [-250.0, -40.0, -1.0, 0.0, 3.0, 250.0])
def test_a_voice_is_sent_so_much_later_or_earlier_than_the_others(ms: float) -> None:
    rig = played({"lead": ms})
    assert lags(rig, "lead") == {ms}
    assert lags(rig, "bass") == {0.0}
    clocks = rig.named("f8")
    assert min(abs(ons(rig, "drums")[8] - each) for each in clocks) < 1e-6, "the clock goes with the others"
    assert not wrong_order(rig)
    assert sounding(rig.sent()) == set()
    assert {row[6] for row in rig.link.rows()} == {0}, "nothing is late"


def test_no_tick_is_skipped_and_no_beat_moves_when_a_voice_is_moved_ahead_live() -> None:
    plain = played({}, seconds=6.0)
    moved = played({}, Cue(1.55, SetClock(delays={"lead": -200.0})), seconds=6.0)
    before, after = ons(plain, "drums"), ons(moved, "drums")
    assert [round(each, 4) for each in after[: len(before) - 3]] == [round(each, 4) for each in before[:-3]]
    last = len(after) - 1
    assert round((ons(moved, "lead")[last] - after[last]) * 1e3, 3) == -200.0


def test_mute_and_stop_drop_what_is_held_back() -> None:
    muted = played({"lead": 200.0}, Cue(1.3, Mute(("lead",), 1000)))
    assert max(ons(muted, "lead")) < 1.3
    stopped = played({"lead": 200.0}, Cue(1.3, Transport("stop")))
    assert max(ons(stopped, "lead")) < 1.3
    assert sounding(stopped.sent()) == set()
    silenced = played({"lead": 200.0}, Cue(1.3, Transport("panic")))
    after = [each for each in ons(silenced, "lead") if each >= 1.3]
    assert min(after) > 1.3 + 0.2 - 1e-6, "only notes that come after the command"
    assert len(after) >= 10
    assert sounding(silenced.sent()) == set()


def test_a_player_that_takes_over_after_a_live_delay_goes_on_in_phase() -> None:
    """The timeline of the player that has died is ahead of what is heard already."""
    timeline = Timeline(0, 0.3, 120.0)
    asked = SetClock(delays={"lead": -200.0})
    script = [Cue(0.1, asked), Cue(0.4, TakeOver(0, 4, timeline)), Cue(3.0, Quit())]
    rig = Rig(script, together, ahead=8).run()
    beats = [(seconds - 0.3 - 0.2) / 0.125 for seconds in ons(rig, "drums")]
    assert len(beats) > 10
    assert beats == pytest.approx([round(beat) for beat in beats], abs=0.001)
    assert lags(rig, "lead") == {-200.0}


def test_what_clients_and_recordings_are_told_does_not_move() -> None:
    plain, later, earlier = (
        sorted({(row[0], row[2:5]) for row in played({"lead": ms}).link.rows()})
        for ms in (0.0, 120.0, -120.0)
    )
    sure = [row for row in plain if row[0] < plain[-1][0] - 2 * PULSES_PER_BEAT]
    assert len(sure) > 20
    assert later[: len(sure)] == earlier[: len(sure)] == sure


@pytest.mark.parametrize(
    ("ms", "offset_ms", "ahead"),
    [(-200.0, 0.0, 0.2), (200.0, 0.0, 0.0), (-200.0, -50.0, 0.25), (0.0, 50.0, 0.0)],
)
def test_the_composer_is_told_how_much_later_a_tick_is_heard(
    ms: float, offset_ms: float, ahead: float
) -> None:
    live = SetClock(delays={"lead": ms}, offset_ms=offset_ms)
    told = played({}, Cue(1.0, live)).link.told_of(ClockState)[-1]
    assert told.ahead_seconds == pytest.approx(ahead)


CHANGES = st.lists(
    st.tuples(st.floats(0.6, 2.8), st.sampled_from(VOICES), st.floats(-250, 250)), min_size=1, max_size=6
)


@settings(max_examples=40, deadline=None)
@given(CHANGES)
def test_no_change_ends_a_note_before_it_begins_or_leaves_one_sounding(
    changes: Sequence[tuple[float, Voice, float]],
) -> None:
    rig = played({}, *(Cue(seconds, SetClock(delays={voice: ms})) for seconds, voice, ms in changes))
    assert not wrong_order(rig)
    assert sounding(rig.sent()) == sounding(rig.sent("edmd percussion")) == set()
