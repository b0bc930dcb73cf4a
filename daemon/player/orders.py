"""Carry out messages from composer or gateway about one deck."""

from daemon.link.player import (
    Mute,
    Received,
    Revise,
    Silence,
    TakeOver,
    Tempo,
    ToDeck,
    Transport,
)
from daemon.player.performance import Performance


def carry_out(order: ToDeck, music: Performance) -> None:
    """Carry out a message at once on a deck's performance."""
    match order:
        case Revise():
            music.revise(order)
        case Transport():
            _steer(order, music)
        case Mute(voices, until_tick):
            music.mute(voices, until_tick)
        case TakeOver():
            music.take_over(order)
            music.sender.silence_strangers(order.hanging)
        case Tempo(tempo):
            music.retempo_stopped(tempo)
        case Silence(notes):
            music.sender.silence_strangers(notes)
        case Received(number):
            music.reports.received(number)
    music.look_ahead()


def _steer(order: Transport, music: Performance) -> None:
    match order.action:
        case "play":
            music.play(order.course, order.lead_seconds, order.count_in)
        case "continue":
            music.go_on()
        case "stop":
            music.stop()
        case "panic":
            music.silence()
