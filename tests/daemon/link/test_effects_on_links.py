"""Effects on the links: they arrive as they were sent, and a tick without them costs a byte or so."""

from msgspec import msgpack

from daemon.link.channel import Channel, socket_pair
from daemon.link.player import FromPlayer, Revise, Sent, TickNotes, ToPlayer
from models.effects import Effects
from models.notes import Note


def test_effects_and_their_reports_go_both_ways() -> None:
    ours, theirs = socket_pair()
    composer = Channel[FromPlayer, ToPlayer](ours, FromPlayer, "composer")
    player = Channel[ToPlayer, FromPlayer](theirs, ToPlayer, "player")
    ticks = (
        TickNotes(4, (Note(480, 60, "lead", 60, 100),), 120.0, ("lead",)),
        TickNotes(5, (), 120.0, (), Effects((("lead", 24), ("bass", 36)), riser=90, impact=3)),
    )
    revise = Revise(1, 2, 1, 4, ticks)
    sent = Sent(3, (), (), ((600, "lead", b"\xb0\x4a\x18"), (600, "effects", b"\x9f\x3c\x50")))
    composer.send(revise)
    player.send(sent)
    assert list(player.receive()) == [revise]
    assert list(composer.receive()) == [sent]
    composer.close()
    player.close()


def test_a_report_without_effects_does_not_mention_them() -> None:
    assert b"controls" not in msgpack.encode(Sent(3, (), ()))
