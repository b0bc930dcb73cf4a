from itertools import pairwise

import pytest

from daemon.link.player import (
    Attached,
    Began,
    Moved,
    PortNames,
    Ports,
    Quit,
    Refused,
    Sent,
    Taken,
    TakeOver,
    Tempo,
    TickNotes,
    Transport,
    Underrun,
)
from daemon.link.timeline import Timeline
from daemon.player.link import NewComposer
from models.notes import Note
from tests.daemon.rig import Cue, Rig, at_tick, sounding, tick

PLAY = Transport("play")
STOP = Transport("stop")
CONTINUE = Transport("continue")
PANIC = Transport("panic")
QUIT = Quit()
TICK_SECONDS = 0.125  # at 120 BPM


def play_for(seconds: float, *cues: Cue) -> list[Cue]:
    return [Cue(0.1, PLAY), *cues, Cue(seconds, QUIT)]


def one_note(number: int) -> TickNotes:
    return tick(number, [at_tick(number)])


def start_of(rig: Rig) -> float:
    """The time of pulse 0: the first MIDI clock after FA."""
    begun = rig.named("fa")[0]
    return next(seconds for seconds in rig.named("f8") if seconds >= begun)


def test_notes_sound_and_end_at_their_pulses() -> None:
    rig = Rig(play_for(1.0), one_note).run()
    start = start_of(rig)
    ons = [seconds - start for seconds, message in rig.notes() if message == b"\x90\x3c\x64"]
    offs = [seconds - start for seconds, message in rig.notes() if message == b"\x80\x3c\x40"]
    assert ons[:5] == pytest.approx([n * TICK_SECONDS for n in range(5)])
    assert offs[:5] == pytest.approx([(n + 0.5) * TICK_SECONDS for n in range(5)])


def test_play_begins_with_start_then_a_clock_at_least_30_ms_ahead() -> None:
    rig = Rig(play_for(1.0), one_note).run()
    assert rig.named("fa")[0] < start_of(rig)
    assert start_of(rig) >= 0.13
    assert rig.notes()[0][0] == start_of(rig)


def test_the_clock_is_24_a_beat_before_while_and_after_playing() -> None:
    rig = Rig(play_for(3.0, Cue(2.0, STOP)), one_note).run()
    gaps = [after - before for before, after in pairwise(rig.named("f8"))]
    assert gaps == pytest.approx([0.5 / 24] * len(gaps))
    assert rig.named("f8") == rig.named("f8", "edmd percussion")
    assert rig.named("f8")[-1] > 2.9


def test_without_midi_clock_no_clock_or_transport_is_sent() -> None:
    rig = Rig(play_for(1.0, Cue(0.8, STOP)), one_note, midi_clock=False).run()
    assert {message[0] & 0xF0 for _, message in rig.sent()} == {0x80, 0x90, 0xB0}


def test_drums_go_to_the_percussion_port_on_channel_10() -> None:
    kick = Note(0, 30, "drums", 36, 120)
    rig = Rig(play_for(0.5), lambda n: tick(n, [kick] if n == 0 else [])).run()
    assert [message for _, message in rig.notes("edmd percussion")] == [b"\x99\x24\x78", b"\x89\x24\x40"]
    assert rig.notes() == []


def test_a_composer_is_told_first_where_the_player_is() -> None:
    rig = Rig([Cue(0.1, QUIT)]).run()
    ports = {"edmd melody": "open", "edmd percussion": "open"}
    assert rig.link.told[:2] == [
        Ports(ports, ""),
        Attached(0, 0, 0, 0, False, Timeline(0, 0.0, 120.0), (), ports, ""),
    ]


def test_the_clock_waits_for_the_composers_tempo() -> None:
    rig = Rig([Cue(1.0, Tempo(60.0)), Cue(2.0, QUIT)])
    rig.link.leave_out(Tempo(120.0))
    rig.run()
    assert rig.named("f8")[0] == 1.0
    gaps = [after - before for before, after in pairwise(rig.named("f8"))]
    assert gaps[1:] == pytest.approx([1.0 / 24] * (len(gaps) - 1))


def test_a_new_composer_is_told_where_the_music_is_and_what_was_not_received() -> None:
    rig = Rig(play_for(2.0, Cue(1.0, NewComposer())), lambda n: tick(n, [at_tick(n, 240)]), ahead=4)
    rig.link.acknowledges = False
    rig.run()
    attached = rig.link.told_of(Attached)[1]
    place = rig.link.told.index(attached)
    before, after = rig.link.told[:place], rig.link.told[place + 1 :]
    begun = [message.tick for message in before if isinstance(message, Began)]
    taken = [message.revision for message in before if isinstance(message, Taken)]
    assert (attached.course, attached.revision, attached.is_playing) == (1, taken[-1], True)
    assert (attached.next_tick, attached.first_missing) == (begun[-1] + 1, begun[-1] + 5)
    assert attached.sounding == ((1, 60),)
    assert attached.timeline.seconds_at(0) == pytest.approx(start_of(rig))
    numbers = [message.number for message in after if isinstance(message, Sent)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [*rig.link.told_of(Underrun), *rig.link.told_of(Refused)] == []


def test_each_tick_is_told_as_it_begins() -> None:
    rig = Rig(play_for(1.0), one_note).run()
    assert rig.link.told_of(Moved)[0] == Moved(1, "playing", 0)
    begun = rig.link.told_of(Began)
    assert [(message.course, message.tick) for message in begun] == [(1, n) for n in range(len(begun))]
    assert begun[0].timeline.seconds_at(0) == pytest.approx(start_of(rig))
    assert rig.link.told_of(Underrun) == []


def test_ticks_that_were_sent_ahead_sound_although_the_composer_says_no_more() -> None:
    rig = Rig(play_for(3.0), lambda n: one_note(n) if n < 12 else None, ahead=8).run()
    assert [len(revise.ticks) for revise in rig.link.revised][1:] == [8, 1, 1, 1, 1]
    ons = [seconds - start_of(rig) for seconds, message in rig.notes() if message[0] == 0x90]
    assert ons == pytest.approx([n * TICK_SECONDS for n in range(12)])
    assert rig.link.told_of(Underrun)[0] == Underrun(12)


def test_a_tempo_change_acts_at_the_pulse_of_its_tick() -> None:
    rig = Rig(play_for(2.0), lambda n: tick(n, [at_tick(n)], tempo=120.0 if n < 4 else 60.0)).run()
    ons = [seconds - start_of(rig) for seconds, message in rig.notes() if message[0] == 0x90]
    assert ons[:7] == pytest.approx([0, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0])


def test_a_repeated_key_ends_before_it_begins_anew() -> None:
    rig = Rig(play_for(1.0), lambda n: tick(n, [at_tick(n, length=170)] if n < 2 else [])).run()
    heard = [(seconds - start_of(rig), message[0]) for seconds, message in rig.notes()]
    assert [status for _, status in heard] == [0x90, 0x80, 0x90, 0x80]
    assert heard[1][0] == heard[2][0] == pytest.approx(TICK_SECONDS)
    assert heard[3][0] == pytest.approx(TICK_SECONDS + 170 / 960)


def test_release_ends_the_voice_at_its_tick_and_no_other() -> None:
    notes = [at_tick(0, 960), at_tick(0, 960, "bass", 36)]

    def compose(n: int) -> TickNotes:
        return tick(n, notes if n == 0 else [], release=("bass",) if n == 2 else ())

    rig = Rig(play_for(2.0), compose).run()
    offs = {m[1]: seconds - start_of(rig) for seconds, m in rig.notes() if m[0] & 0xF0 == 0x80}
    assert offs == pytest.approx({36: 0.25, 60: 1.0})


def test_a_released_voice_ends_where_it_begins_anew() -> None:
    held, swung = at_tick(0, 960), [at_tick(1, 60, pitch=64, late=90), at_tick(1, 60, pitch=67, late=94)]
    music = {0: tick(0, [held]), 1: tick(1, swung, release=("lead", "bass"))}
    rig = Rig(play_for(1.0), lambda n: music.get(n, tick(n))).run()
    heard = [(round((seconds - start_of(rig)) * 960), message[:2]) for seconds, message in rig.notes()]
    assert heard[:4] == [(0, b"\x90\x3c"), (210, b"\x80\x3c"), (210, b"\x90\x40"), (214, b"\x90\x43")]


def test_stop_ends_notes_at_once_then_resets_channels_then_says_stop() -> None:
    rig = Rig(play_for(3.0, Cue(1.0, STOP)), lambda n: tick(n, [at_tick(n, 5000, pitch=40 + n)])).run()
    told = [message for seconds, message in rig.sent() if seconds == 1.0 and message != b"\xf8"]
    held = [message for message in told if message[0] == 0x80]
    assert len(held) > 3
    resets = [bytes((0xB0 + channel, cc, 0)) for channel in range(3) for cc in (64, 123, 120)]
    assert told == [*held, *resets, b"\xfc"]
    assert sounding(rig.sent()) == set()


def test_continue_says_position_and_begins_at_the_first_tick_not_begun() -> None:
    rig = Rig(play_for(3.0, Cue(1.0, STOP), Cue(2.0, CONTINUE)), one_note).run()
    stopped, playing = rig.link.told_of(Moved)[1:3]
    position = stopped.tick
    assert stopped == Moved(
        1, "stopped", max(b.tick for b in rig.link.told_of(Began) if b.tick < position) + 1
    )
    assert playing == Moved(1, "playing", position)
    spoken = [message for seconds, message in rig.sent() if seconds > 2.0 and message != b"\xf8"]
    assert spoken[:3] == [bytes((0xF2, position, 0)), b"\xfb", b"\x90\x3c\x64"]
    onset = next(seconds for seconds, message in rig.notes() if seconds > 2.0)
    assert onset in rig.named("f8")
    assert onset >= 2.03


def test_what_was_sent_ahead_of_a_stop_sounds_after_it() -> None:
    cues = play_for(4.0, Cue(1.0, STOP), Cue(2.0, CONTINUE))
    rig = Rig(cues, ahead=4, compose=lambda n: tick(n, [at_tick(n, pitch=pitch())]))

    def pitch() -> int:
        return 60 if rig.clock.now() < 1.5 else 72

    rig.run()
    stopped = rig.link.told_of(Moved)[1].tick
    ons = [message[1] for seconds, message in rig.notes() if seconds > 1.5 and message[0] == 0x90]
    assert ons[:6] == [60, 60, 60, 60, 72, 72]
    resent = [revise.from_tick for revise in rig.link.revised if revise.from_tick >= stopped]
    assert resent == list(range(stopped, stopped + len(resent)))
    assert rig.link.told_of(Underrun) == []


def test_continue_begins_where_a_stopped_player_is_to_take_over() -> None:
    cues = [Cue(0.1, TakeOver(3, 200, None)), Cue(2.0, CONTINUE), Cue(3.0, QUIT)]
    rig = Rig(cues, one_note).run()
    assert rig.link.told_of(Moved)[0] == Moved(3, "playing", 200)
    assert bytes((0xF2, 200 & 127, 1)) in [message for _, message in rig.sent()]
    assert rig.notes()[0][0] >= 2.03


def test_tempo_while_stopped_moves_the_clock() -> None:
    rig = Rig([Cue(1.0, Tempo(60.0)), Cue(3.0, QUIT)]).run()
    gaps = [after - before for before, after in pairwise(rig.named("f8"))]
    assert gaps[:40] == pytest.approx([0.5 / 24] * 40)
    assert gaps[-40:] == pytest.approx([1.0 / 24] * 40)


def test_play_while_playing_begins_again() -> None:
    rig = Rig(play_for(2.0, Cue(1.0, PLAY)), one_note).run()
    assert len(rig.named("fa")) == 2
    assert rig.link.told_of(Moved)[2] == Moved(2, "playing", 0)
    assert sounding(rig.sent()) == set()


def test_panic_silences_and_playing_goes_on() -> None:
    rig = Rig(play_for(2.0, Cue(1.0, PANIC)), lambda n: tick(n, [at_tick(n, 500, pitch=40 + n % 8)])).run()
    assert (1.0, b"\xb0\x7b\x00") in rig.sent()
    assert any(seconds > 1.0 and message[0] == 0x90 for seconds, message in rig.notes())
    assert rig.named("fc")[0] > 1.0
    assert sounding(rig.sent()) == set()


def test_a_signal_ends_it_before_what_is_due_next() -> None:
    rig = Rig([], midi_clock=False)
    poll = rig.link.poll

    def poll_and_signal(timeout: float, /) -> bool:
        if rig.clock.now() > TICK_SECONDS + 0.01:
            rig.player.end()
        return poll(timeout)

    rig.link.poll = poll_and_signal  # type: ignore[method-assign]
    assert rig.run().clock.now() < TICK_SECONDS + 0.1


def test_when_the_composer_dies_all_is_silenced() -> None:
    rig = Rig([Cue(0.1, PLAY), Cue(1.0, None)], lambda n: tick(n, [at_tick(n, 5000, pitch=40 + n)])).run()
    assert rig.clock.now() < 1.1
    assert sounding(rig.sent()) == set()
    assert rig.sent()[-1][1] == b"\xfc"
    assert (1.0, b"\xb0\x78\x00") in rig.sent()


def test_rows_tell_what_was_sent_once_a_tick() -> None:
    rig = Rig(play_for(1.0), one_note).run()
    rows = rig.link.rows()
    assert rows[:3] == [
        (0, "lead", True, 60, 100, 1, 0),
        (60, "lead", False, 60, 0, 1, 0),
        (120, "lead", True, 60, 100, 1, 0),
    ]
    assert len(rows) == len(rig.notes())


def test_a_named_port_comes_vanishes_and_returns_while_the_music_goes_on() -> None:
    cues = [
        Cue(at, PortNames(names)) for at, names in [(1.0, ("Big Synth:in",)), (2.0, ()), (3.0, ("synth",))]
    ]
    rig = Rig(play_for(4.0, *cues), lambda n: tick(n, [at_tick(n, 115)]), routes={"lead": "synth"}).run()
    seconds = [seconds for seconds, _ in rig.notes("synth")]
    assert seconds[0] > 1.0
    assert not [each for each in seconds if 2.0 < each < 3.0]
    assert seconds[-1] > 3.5
    assert sounding(rig.sent("synth")) == set()
    assert rig.notes() == []
    statuses = [message.ports["synth"] for message in rig.link.told_of(Ports)]
    assert statuses == ["absent", "open to Big Synth:in", "absent", "open to synth"]
