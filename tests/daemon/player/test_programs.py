"""Program, volume and pan: which ports get them and when, and that they delay no note."""

from typing import Final, cast

import pytest

from daemon.link.player import (
    Began,
    PortNames,
    Quit,
    SendPrograms,
    Sent,
    TakeOver,
    TickNotes,
    Transport,
)
from daemon.link.timeline import Timeline
from daemon.player.ports.memory_ports import MemoryPort
from daemon.player.ports.newcomers import SETTLE_SECONDS
from models.instruments import INSTRUMENTS, instruments_of
from models.notes import VOICES, Voice
from tests.daemon.rig import Cue, Rig, at_tick, tick

PLAY: Final = Transport("play")
STOP: Final = Transport("stop")
QUIT: Final = Quit()
BOTH: Final = ("edmd melody", "edmd percussion")
MELODY: Final = ["c051", "b00740", "b00a40", "c159", "b1077f", "b10a40", "c226", "b20750", "b20a40"]
DRUMS: Final = ["c900", "b90758", "b90a40"]
LEAD: Final = MELODY[:3]


def four_voices(number: int) -> TickNotes:
    pitches = {"lead": 72, "chords": 60, "bass": 36, "drums": 36}
    return tick(number, [at_tick(number, voice=voice, pitch=pitches[voice]) for voice in VOICES])


def told(rig: Rig, port: str = "edmd melody", since: float = 0.0) -> list[tuple[float, str]]:
    """The program, volume and pan messages that went to a port."""
    return [
        (seconds, message.hex())
        for seconds, message in rig.sent(port)
        if seconds >= since and (message[0] & 0xF0 == 0xC0 or (message[0] & 0xF0 == 0xB0 and message[1] < 64))
    ]


def test_a_synthesiser_is_told_at_the_start_before_all_else() -> None:
    rig = Rig([Cue(0.5, QUIT)], programs=VOICES).run()
    assert [message.hex() for _, message in rig.sent()[:9]] == MELODY
    assert [message.hex() for _, message in rig.sent("edmd percussion")[:3]] == DRUMS
    assert told(rig) == [(0.0, each) for each in MELODY]


def test_whoever_is_told_hears_the_table() -> None:
    for voice, channel in (("lead", 0), ("chords", 1), ("bass", 2), ("drums", 9)):
        row = INSTRUMENTS[cast("Voice", voice)]
        expected = (bytes((0xC0 + channel, row.live_program)), bytes((0xB0 + channel, 7, row.volume)))
        rig = Rig([Cue(0.1, QUIT)], programs=(voice,)).run()
        assert tuple(message for _, message in rig.sent(BOTH[voice == "drums"])[:2]) == expected
        assert told(rig, BOTH[voice != "drums"]) == []


def test_the_sounds_may_be_those_of_a_genre() -> None:
    instruments = instruments_of("deep house")
    assert instruments["chords"] != INSTRUMENTS["chords"]
    rig = Rig([Cue(0.1, QUIT)], programs=VOICES, instruments=instruments).run()
    for channel, voice in enumerate(("lead", "chords", "bass")):
        row = instruments[cast("Voice", voice)]
        expected = bytes((0xC0 + channel, row.live_program)), bytes((0xB0 + channel, 7, row.volume))
        assert tuple(message for _, message in rig.sent()[3 * channel : 3 * channel + 2]) == expected


def test_play_tells_it_again_before_start_and_well_before_the_first_note() -> None:
    rig = Rig([Cue(0.1, PLAY), Cue(1.0, STOP), Cue(2.0, PLAY), Cue(3.0, QUIT)], four_voices, programs=VOICES)
    rig.run()
    for at in (0.1, 2.0):
        assert [each for each in told(rig, since=at) if each[0] == at] == [(at, each) for each in MELODY]
        said = [message.hex() for seconds, message in rig.sent() if seconds >= at and message != b"\xf8"]
        assert said[: len(MELODY) + 1] == [*MELODY, "fa"]
        assert min(seconds for seconds, _ in rig.notes() if seconds >= at) >= at + 0.03


def test_play_while_playing_tells_it_when_all_is_silent() -> None:
    rig = Rig([Cue(0.1, PLAY), Cue(1.05, PLAY), Cue(2.0, QUIT)], four_voices, programs=VOICES).run()
    said = [message.hex() for seconds, message in rig.sent() if seconds == 1.05]
    silence = [f"b{channel}{cc}00" for channel in range(3) for cc in ("40", "7b", "78")]
    assert said[-len(silence) - 1 - len(MELODY) :] == [*silence, "fc", *MELODY]


def test_a_named_port_is_told_each_time_it_comes_and_no_other_is() -> None:
    ports = [
        Cue(at, PortNames(names)) for at, names in [(1.0, ("Big Synth:in",)), (2.0, ()), (3.0, ("synth",))]
    ]
    cues = [Cue(0.1, PLAY), *ports, Cue(4.0, QUIT)]
    rig = Rig(cues, four_voices, routes={"lead": "synth"}, programs=VOICES).run()
    assert [each for _, each in told(rig, "synth")] == LEAD * 2
    for at in (1.0, 3.0):
        said = [(seconds, message.hex()) for seconds, message in rig.sent("synth") if seconds >= at]
        assert [each for _, each in said[:3]] == LEAD
        assert at + SETTLE_SECONDS <= said[0][0] <= at + SETTLE_SECONDS + 0.02
        assert min(seconds for seconds, _ in rig.notes("synth") if seconds >= at) < at + 0.3
    assert told(rig, since=0.2) == []
    assert [each for _, each in told(rig, since=0.1)] == MELODY[3:]


def test_a_named_port_that_is_there_hears_the_first_note_after_its_program() -> None:
    rig = Rig(
        [Cue(0.0, PLAY), Cue(1.0, QUIT)], four_voices, {"lead": "synth"}, ("synth",), programs=VOICES
    ).run()
    assert told(rig, "synth") == [(SETTLE_SECONDS, each) for each in LEAD * 2]
    assert rig.notes("synth")[0][0] >= SETTLE_SECONDS + 0.03
    assert [row[1] for row in rig.link.told_of(Sent)[0].rows] == list(VOICES)  # all voices play


def test_a_named_port_that_is_told_nothing_is_not_waited_for() -> None:
    cues = [Cue(0.1, PLAY), Cue(1.0, PortNames(("synth",))), Cue(2.0, QUIT)]
    rig = Rig(cues, four_voices, routes={"lead": "synth"}, programs=("bass",)).run()
    assert rig.sent("synth")[0][0] < 1.0 + SETTLE_SECONDS
    assert told(rig, "synth") == []


def test_what_has_been_connected_is_told_and_no_other() -> None:
    cues = [Cue(0.1, PLAY), Cue(1.0, SendPrograms(("edmd percussion",))), Cue(2.0, QUIT)]
    rig = Rig(cues, four_voices, programs=VOICES).run()
    assert told(rig, "edmd percussion", since=0.5) == [(1.0, each) for each in DRUMS]
    assert told(rig, since=0.5) == []


def test_a_player_that_takes_over_tells_it_before_its_first_note() -> None:
    order = TakeOver(0, 3, Timeline(0, -10.0, 120.0))
    rig = Rig([Cue(0.0, order), Cue(1.0, QUIT)], four_voices, programs=VOICES).run()
    assert [message.hex() for _, message in rig.sent()[:9]] == MELODY
    assert rig.notes()[0][0] >= 0.03


def test_channels_are_those_of_the_voices_and_a_shared_one_has_the_first_voice() -> None:
    channels: dict[Voice, int] = {"lead": 5, "chords": 5, "bass": 16, "drums": 1}
    rig = Rig([Cue(0.5, QUIT)], channels=channels, programs=VOICES).run()
    assert [each for _, each in told(rig)] == ["c451", "b40740", "b40a40", "cf26", "bf0750", "bf0a40"]
    assert [each for _, each in told(rig, "edmd percussion")] == ["c000", "b00758", "b00a40"]


def test_voices_on_one_port_are_told_there() -> None:
    routes: dict[Voice, str] = {"lead": "box", "drums": "box"}
    rig = Rig([Cue(0.5, QUIT)], routes=routes, visible=("box",), programs=("lead", "drums")).run()
    assert [each for _, each in told(rig, "box")] == LEAD + DRUMS
    assert told(rig) == told(rig, "edmd percussion") == []


def test_nobody_is_told_unasked() -> None:
    cues = [Cue(0.1, PLAY), Cue(0.5, SendPrograms(BOTH)), Cue(1.0, QUIT)]
    rig = Rig(cues, four_voices).run()
    assert told(rig) == told(rig, "edmd percussion") == []


def test_no_note_is_later_and_the_take_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sending a message takes 50 µs, and programs are sent during the music at many points between notes."""
    send = MemoryPort.send

    def slow(port: MemoryPort, message: bytes) -> None:
        send(port, message)
        port._clock.sleep_until(port._clock.now() + 5e-5)

    monkeypatch.setattr(MemoryPort, "send", slow)
    cues = [Cue(0.1, PLAY), *(Cue(0.3 + 0.0137 * n, SendPrograms(BOTH)) for n in range(150)), Cue(3.0, QUIT)]
    without = Rig([cues[0], cues[-1]], four_voices).run()
    rig = Rig(cues, four_voices, programs=VOICES).run()
    assert len(told(rig, since=0.2)) == 150 * len(MELODY)
    rows = [each.link.rows() for each in (rig, without)]
    assert len(rows[0]) > 150
    assert [row[:6] for row in rows[0]] == [row[:6] for row in rows[1]]
    assert max(row[6] for row in rows[0]) == max(row[6] for row in rows[1])
    begun = [[message.tick for message in each.link.told_of(Began)] for each in (rig, without)]
    assert begun[0] == begun[1]


def test_time_is_the_same_with_and_without() -> None:
    cues = [Cue(0.1, PLAY), Cue(0.6, SendPrograms(BOTH)), Cue(1.5, STOP), Cue(2.0, PLAY), Cue(3.0, QUIT)]
    rig, without = (Rig(cues, four_voices, programs=voices).run() for voices in (VOICES, ()))
    assert rig.link.told == without.link.told
    for port in BOTH:
        assert [each for each in rig.sent(port) if (each[0], each[1].hex()) not in told(rig, port)] == (
            without.sent(port)
        )
