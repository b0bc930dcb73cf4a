"""Messages of a port, by their bytes."""

from daemon.input.messages import MOST_A_SECOND, Allowance, sort
from daemon.link.inputs import CLOCK, CONTINUE, SONG_POSITION, START, STOP


def test_clock_and_transport_go_one_way_and_channel_messages_another() -> None:
    messages = ["f8", "b0 07 40", "fa", "90 3c 64", "fb", "f2 10 01", "fc", "c1 05", "e0 00 40"]
    clock, channel = sort([(float(n), bytes.fromhex(text)) for n, text in enumerate(messages)])
    assert clock == (
        (0.0, CLOCK, 0),
        (2.0, START, 0),
        (4.0, CONTINUE, 0),
        (5.0, SONG_POSITION, 0x10 + 128),
        (6.0, STOP, 0),
    )
    assert [data.hex(" ") for _, data in channel] == ["b0 07 40", "90 3c 64", "c1 05", "e0 00 40"]


def test_active_sensing_sysex_and_pieces_are_ignored() -> None:
    messages = ["fe", "f0 7e 7f 06 01 f7", "ff", "f6", "f1 20", "f2 10", "b0 07", "40", "", "c0 05 06"]
    assert sort([(0.0, bytes.fromhex(text)) for text in messages]) == ((), ())


def test_a_flood_is_cut_to_a_rate() -> None:
    allowance = Allowance()
    passed = sum(allowance.take(10 + n / 50_000) for n in range(50_000))
    assert MOST_A_SECOND <= passed <= 1.3 * MOST_A_SECOND


def test_two_thousand_a_second_pass_whole() -> None:
    allowance = Allowance()
    assert all(allowance.take(10 + n / 2000) for n in range(20_000))
