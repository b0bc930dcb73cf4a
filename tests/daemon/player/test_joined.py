"""The links of a player as one: a link that is of no use does not end the player."""

import socket
from collections.abc import Iterator

import pytest

from daemon.link.channel import Channel, socket_pair
from daemon.link.player import ToPlayer, Transport
from daemon.link.supervision import Attach, FromRole, Role, ToRole
from daemon.player.joined import JoinedLinks
from daemon.player.link import NewComposer
from daemon.supervision.links import Links

Supervisor = Channel[FromRole, ToRole]


@pytest.fixture
def supervisor_and_links() -> Iterator[tuple[Supervisor, JoinedLinks]]:
    ours, theirs = socket_pair()
    supervisor, links = Supervisor(ours, FromRole, "supervisor"), JoinedLinks(Links(theirs, "player"))
    yield supervisor, links
    links.close("gateway")
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
