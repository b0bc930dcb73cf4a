"""Links between roles: whole messages in order, sockets handed over, versions compared, ends noticed."""

import multiprocessing
import os
import socket
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.link import channel as channels
from daemon.link.channel import Channel, Hello, LinkError, socket_pair


class Text(msgspec.Struct, frozen=True, tag=True):
    text: str


class Door(msgspec.Struct, frozen=True, tag=True):
    name: str


Either = Text | Door
Pair = tuple[Channel[Either, Either], Channel[Either, Either]]


def _frame(message: object) -> bytes:
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(4, "big") + body


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket_pair()
    both = (
        Channel[Either, Either](ours, Either, "composer"),
        Channel[Either, Either](theirs, Either, "player"),
    )
    yield both
    for each in both:
        each.close()


def test_each_end_learns_who_the_other_is(pair: Pair) -> None:
    ours, theirs = pair
    assert [*ours.receive(), *theirs.receive()] == []
    assert ours.peer == Hello(channels.VERSION, "player", os.getpid())
    assert theirs.peer == Hello(channels.VERSION, "composer", os.getpid())


@given(st.lists(st.text(max_size=300), max_size=30))
def test_messages_arrive_whole_and_in_order(texts: list[str]) -> None:
    ours, theirs = socket_pair()
    sender = Channel[Either, Either](ours, Either, "composer")
    receiver = Channel[Either, Either](theirs, Either, "player")
    for text in texts:
        sender.send(Text(text))
    assert list(receiver.receive()) == [Text(text) for text in texts]
    sender.close()
    receiver.close()


def test_a_message_larger_than_the_systems_buffer_arrives_as_the_other_end_reads(pair: Pair) -> None:
    ours, theirs = pair
    large = Text("x" * 3_000_000)
    ours.send(large)
    ours.send(Text("after it"))
    assert ours.waiting_bytes > 1_000_000, "the sender was not held up"
    heard: list[Either] = []
    while len(heard) < 2:
        heard += theirs.receive()
        ours.flush()
    assert heard == [large, Text("after it")]
    assert ours.waiting_bytes == 0


def test_recv_returns_one_message_at_a_time(pair: Pair) -> None:
    ours, theirs = pair
    assert theirs.poll(0)
    with pytest.raises(BlockingIOError):
        theirs.recv()  # only the Hello came
    assert not theirs.poll(0)
    ours.send(Text("one"))
    ours.send(Text("two"))
    assert (theirs.poll(0), theirs.recv(), theirs.poll(0), theirs.recv()) == (
        True,
        Text("one"),
        True,
        Text("two"),
    )
    assert not theirs.poll(0)


def test_a_socket_is_handed_over_and_is_a_new_link(pair: Pair) -> None:
    ours, theirs = pair
    near, far = socket_pair()
    ours.send(Text("before"))
    ours.send(Door("new"), far)
    assert list(theirs.receive()) == [Text("before"), Door("new")]
    taken = theirs.taken_socket()
    near.sendall(b"through it")
    assert taken.recv(100) == b"through it"
    assert far.fileno() == -1, "this process keeps no end of it"
    near.close()
    taken.close()


def test_the_end_of_the_other_side_is_told_after_its_last_message(pair: Pair) -> None:
    ours, theirs = pair
    ours.send(Text("last"))
    ours.close()
    messages = theirs.receive()
    assert next(messages) == Text("last")
    with pytest.raises(EOFError):
        next(messages)
    theirs.send(Text("into nothing"))
    with pytest.raises(EOFError):
        theirs.recv()


def test_another_version_is_refused_by_role() -> None:
    ours, theirs = socket_pair()
    receiver = Channel[Either, Either](theirs, Either, "player")
    ours.sendall(_frame(Hello(99, "composer", 1)))
    with pytest.raises(LinkError, match="composer speaks version 99"):
        list(receiver.receive())
    ours.close()
    receiver.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x01\xc1",
        b"\x00\x00\x00\x03\x81\xa1a",
        _frame(Text("no Hello")),
    ],
    ids=["too large", "no such byte", "cut short", "message before Hello"],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    ours, theirs = socket_pair()
    receiver = Channel[Either, Either](theirs, Either, "player")
    ours.sendall(data)
    with pytest.raises(LinkError):
        list(receiver.receive())
    ours.close()
    receiver.close()


def _answer(end: socket.socket) -> None:
    channel = Channel[Either, Either](end, Either, "worker")
    while True:
        if channel.poll(5):
            try:
                message = channel.recv()
            except BlockingIOError:
                continue
            except EOFError:
                return
            channel.send(message)


def test_it_works_between_processes() -> None:
    ours, theirs = socket_pair()
    process = multiprocessing.get_context("spawn").Process(target=_answer, args=(theirs,))
    process.start()
    theirs.close()
    channel = Channel[Either, Either](ours, Either, "supervisor")
    channel.send(Text("echo"))
    heard: list[Either] = []
    while not heard:
        assert channel.poll(20)
        heard += channel.receive()
    assert heard == [Text("echo")]
    assert channel.peer is not None
    assert (channel.peer.role, channel.peer.pid) == ("worker", process.pid)
    channel.close()
    process.join(5)
    assert process.exitcode == 0
