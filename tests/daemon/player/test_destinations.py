"""A voice at several places: ports, channels, and MPE."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.link.player import PortNames, Quit, Sent, TakeOver, TickNotes, Transport
from daemon.player.mpe import MEMBERS, MPE, MPE_PORT, Zone, configuration
from tests.daemon.rig import Cue, Rig, at_tick, sounding, tick


def play_for(seconds: float, *more: Cue) -> list[Cue]:
    return [Cue(0.1, Transport("play")), *more, Cue(seconds, Quit())]


MORE = {"lead": (("Digitakt", 5), ("", 7)), "bass": (("Digitakt", 5),)}


def chord(number: int) -> TickNotes:
    """Lead and bass play the same pitch, and the bass longer."""
    return tick(number, [at_tick(number, 50), at_tick(number, 300, voice="bass")])


def channels(rig: Rig, port: str) -> set[int]:
    return {message[0] & 0x0F for _, message in rig.notes(port)}


def test_a_voice_is_heard_at_all_its_places_and_told_once() -> None:
    rig = Rig(play_for(2.0), chord, more=MORE, visible=["Digitakt"]).run()
    assert channels(rig, "edmd melody") == {0, 2, 6}
    assert channels(rig, "Digitakt") == {4}
    assert sounding(rig.sent()) == sounding(rig.sent("Digitakt")) == set()
    assert {row[5] for row in rig.link.rows()} == {1, 3}
    first, copy = ([(s, m[1]) for s, m in rig.notes() if m[0] == status] for status in (0x90, 0x96))
    assert first == copy


def test_a_place_that_comes_and_goes_cuts_no_note_elsewhere() -> None:
    cues = [Cue(1.0, PortNames(("Digitakt",))), Cue(1.5, PortNames(()))]
    with_guest = Rig(play_for(3.0, *cues), chord, more=MORE).run()
    without = Rig(play_for(3.0), chord, more=MORE).run()
    assert with_guest.notes() == without.notes()
    assert with_guest.notes("Digitakt")
    assert sounding(with_guest.sent("Digitakt")) == set()


def test_what_another_player_left_sounding_ends_at_all_places() -> None:
    rig = Rig(
        [Cue(0.1, TakeOver(0, 0, None, ((1, 60),))), *play_for(0.5)], chord, more=MORE, visible=["Digitakt"]
    )
    rig.run()
    early = [message for seconds, message in rig.sent("Digitakt") if seconds <= 0.1]
    assert b"\x84\x3c\x40" in early


def test_mpe_gives_each_note_a_channel_with_neutral_bend_and_its_accent_as_pressure() -> None:
    rig = Rig(play_for(2.0), chord, more={"lead": ((MPE_PORT, MPE),)}).run()
    sent = [message for _, message in rig.sent(MPE_PORT)]
    where = sent.index(b"\xb0\x65\x00")
    assert sent[where : where + 3] == [b"\xb0\x65\x00", b"\xb0\x64\x06", b"\xb0\x06\x0f"]
    ons = [number for number, message in enumerate(sent) if message[0] & 0xF0 == 0x90]
    for place, number in enumerate(ons):
        member = 1 + place % len(MEMBERS)
        assert sent[number - 3 : number] == [
            bytes((0xE0 | member, 0, 64)), bytes((0xB0 | member, 74, 64)), bytes((0xD0 | member, 100)),
        ]  # fmt: skip
        assert sent[number] == bytes((0x90 | member, 60, 100))
    assert len(ons) > 10
    assert sounding(rig.sent(MPE_PORT)) == set()
    reported = [message for message in rig.link.told_of(Sent) if message.rows]
    assert all(row[5] != 0 for message in reported for row in message.rows)


def test_the_zone_is_configured_with_all_members() -> None:
    assert b"".join(configuration()).hex() == "b06500b06406b0060fb0657fb0647f"


@given(st.lists(st.booleans(), max_size=200))
def test_a_channel_is_shared_only_if_all_have_notes(takes: list[bool]) -> None:
    zone = Zone()
    held: list[int] = []
    for is_taken in takes:
        if is_taken:
            channel = zone.take()
            assert channel in MEMBERS
            assert channel not in held or {*held} == {*MEMBERS}
            held.append(channel)
        elif held:
            zone.give(held.pop(0))
