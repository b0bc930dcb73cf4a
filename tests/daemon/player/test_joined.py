"""The links of a player as one: a link that is of no use does not end the player."""

import socket
from collections.abc import Iterator

import pytest

from daemon.link.channel import Channel, socket_pair
from daemon.link.player import FromPlayer, Quit, TakeOver, ToPlayer, Transport
from daemon.link.role import Links
from daemon.link.supervision import Attach, End, FromRole, Promote, Role, ToRole
from daemon.player.joined import JoinedLinks
from daemon.player.link import NewComposer

Supervisor = Channel[FromRole, ToRole]


@pytest.fixture
def supervisor_and_links() -> Iterator[tuple[Supervisor, JoinedLinks]]:
    ours, theirs = socket_pair()
    supervisor, links = Supervisor(ours, FromRole, "supervisor"), JoinedLinks(Links(theirs, "player"))
    yield supervisor, links
    for role in ("composer", "gateway"):
        links.close(role)
    ours.close()
    theirs.close()


def attach(role: Role, supervisor: Supervisor, links: JoinedLinks) -> socket.socket:
    ours, theirs = socket_pair()
    supervisor.send(Attach(role), theirs)
    links.poll(0.0)
    return ours


def send_panic(sock: socket.socket) -> Channel[Transport, ToPlayer]:
    gateway = Channel[Transport, ToPlayer](sock, Transport, "gateway")
    gateway.send(Transport("panic"))
    return gateway


def test_bytes_that_are_no_messages_end_the_link_but_not_the_player(
    supervisor_and_links: tuple[Supervisor, JoinedLinks], caplog: pytest.LogCaptureFixture
) -> None:
    supervisor, links = supervisor_and_links
    broken = attach("gateway", supervisor, links)
    broken.sendall(b"\xff" * 64)
    assert not links.poll(0.0)
    assert "the link is closed" in caplog.text
    assert broken.recv(1024), "the player's Hello"
    assert broken.recv(1024) == b"", "the player has closed its end"
    broken.close()

    gateway = send_panic(attach("gateway", supervisor, links))
    assert links.poll(0.0)
    assert links.recv() == Transport("panic")
    gateway.close()


def test_a_composer_that_was_attached_to_the_standby_is_answered_by_the_player(
    supervisor_and_links: tuple[Supervisor, JoinedLinks],
) -> None:
    supervisor, links = supervisor_and_links
    composer = attach("composer", supervisor, links)
    links.begin()
    assert isinstance(links.recv(), NewComposer)
    assert not links.poll(0.0), "once"
    links.begin()
    assert isinstance(links.recv(), NewComposer), "the standby has taken the first one"
    links.close("composer")
    links.begin()
    assert not links.poll(0.0)
    composer.close()


def test_the_player_waits_until_its_composer_speaks_or_the_supervisor_ends_it(
    supervisor_and_links: tuple[Supervisor, JoinedLinks],
) -> None:
    supervisor, links = supervisor_and_links
    composer = Channel[FromPlayer, ToPlayer](attach("composer", supervisor, links), FromPlayer, "composer")
    assert links.await_composer()
    assert isinstance(links.recv(), NewComposer)
    composer.close()
    links.close("composer")
    silent = attach("composer", supervisor, links)
    supervisor.send(End())
    assert not links.await_composer()
    silent.close()


@pytest.mark.parametrize("succeeds", [True, False])
def test_a_successor_ends_only_after_it_has_taken_over(
    supervisor_and_links: tuple[Supervisor, JoinedLinks], succeeds: bool
) -> None:
    supervisor, links = supervisor_and_links
    supervisor.send(Promote(succeeds))
    composer = Channel[FromPlayer, ToPlayer](attach("composer", supervisor, links), FromPlayer, "composer")
    assert isinstance(links.recv(), NewComposer)
    supervisor.send(End())
    assert links.poll(0.0) is not succeeds
    composer.send(TakeOver(1, 5, None, ((1, 60),)))
    links.poll(0.0)
    assert isinstance(links.recv(), TakeOver if succeeds else Quit)
    composer.close()


def test_a_successor_without_a_composer_ends_soon(
    supervisor_and_links: tuple[Supervisor, JoinedLinks],
) -> None:
    supervisor, links = supervisor_and_links
    supervisor.send(Promote(succeeds=True))
    supervisor.send(End())
    assert not links.await_composer()
    assert isinstance(links.recv(), Quit)
