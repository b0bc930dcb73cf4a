"""Panics of several decks: each deck's are carried out as few, and clients may name any deck."""

import time
from collections.abc import Iterator

import pytest

from daemon.gateway.panics import Panics
from daemon.link.channel import Channel, socket_pair
from daemon.link.player import FromPlayer, Transport
from models.notes import MAIN

PERIOD_SECONDS = 0.05


@pytest.fixture
def panics() -> Iterator[Panics]:
    made = Panics()
    yield made
    made.close()


@pytest.fixture
def player(panics: Panics) -> Iterator[Channel[Transport, FromPlayer]]:
    ours, theirs = socket_pair()
    panics.attach(theirs)
    channel = Channel[Transport, FromPlayer](ours, Transport, "player")
    yield channel
    channel.close()


def test_each_decks_panics_are_carried_out_as_few(
    panics: Panics, player: Channel[Transport, FromPlayer]
) -> None:
    for _ in range(100):
        for deck in (MAIN, "b"):
            panics.ask(deck)
    first = [message.deck for message in player.receive()]
    assert first[:2] == [MAIN, "b"]
    time.sleep(PERIOD_SECONDS)
    panics.send_due()
    both = [*first, *(message.deck for message in player.receive())]
    assert 4 <= len(both) <= 8, "at once, and once for all that follow; more on a machine that is busy"
    assert both.count(MAIN) == both.count("b")


def test_without_a_deck_it_is_the_main_one(panics: Panics, player: Channel[Transport, FromPlayer]) -> None:
    panics.ask()
    assert [*player.receive()] == [Transport("panic")]


def test_whatever_decks_clients_name_little_is_remembered_and_main_is_not_forgotten(panics: Panics) -> None:
    panics.ask()
    for number in range(5000):
        panics.ask(f"no deck {number}")
    ours, theirs = socket_pair()
    panics.attach(theirs)
    channel = Channel[Transport, FromPlayer](ours, Transport, "player")
    said = [message.deck for message in channel.receive()]
    channel.close()
    assert MAIN in said
    assert len(said) <= 128
