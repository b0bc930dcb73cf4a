"""MIDI learn from bytes; maps and their file; messages of edmd that come back."""

import re
from pathlib import Path

import pytest

from daemon.mapping.bindings import Binding, BindingError, in_force
from daemon.mapping.controls import Control, Reader
from daemon.mapping.learning import Learner
from daemon.mapping.loopback import Loopback
from daemon.mapping.mapfile import Learned, boxes, read_boxes, read_learned, read_text, text_of


def learned(target: str, *messages: tuple[int, ...]) -> tuple[int, str, str | None] | None:
    """Return after how many messages what was bound, and how an encoder counts."""
    reader, learner = Reader("p"), Learner(target, 0.0)
    for count, message in enumerate(messages, 1):
        for moved in reader.read(bytes(message)):
            if binding := learner.hear(moved):
                assert binding.target == target
                return count, binding.control.words(), binding.relative
    return None


def test_a_knob_that_trembles_is_not_learned_and_one_that_is_moved_is() -> None:
    trembling = [(0xB0, 10, 60 + step % 3) for step in range(100)]
    assert learned("tempo", *trembling) is None
    assert learned("tempo", *trembling, *((0xB3, 20, step) for step in range(20))) == (
        107,
        "cc 20 ch 4 port p",
        None,
    )


def test_keys_buttons_wheels_and_programs_are_learned() -> None:
    assert learned("lead.mute", (0x80, 36, 0), (0x99, 36, 1)) == (2, "note 36 ch 10 port p", None)
    assert learned("tap", (0xB0, 46, 0), (0xB0, 46, 127)) == (2, "cc 46 ch 1 port p", None)
    assert learned("energy", *((0xE0, 0, step) for step in range(64, 90))) == (8, "bend ch 1 port p", None)
    assert learned("preset", (0xC0, 3)) == (1, "program 3 ch 1 port p", None)
    assert learned("scene", (0xC0, 3)) == (1, "program 3 ch 1 port p", None)
    assert learned("fade", (0xB0, 46, 127)) == (1, "cc 46 ch 1 port p", None)
    assert learned("tempo", (0xC0, 3)) is None


def test_two_halves_are_one_control_of_fourteen_bits() -> None:
    turned = [each for step in range(20) for each in ((0xB0, 7, 60 + step), (0xB0, 39, 40 * step % 128))]
    found = learned("energy", *turned)
    assert found is not None
    assert found[1:] == ("cc14 7 ch 1 port p", None)


def test_an_nrpn_is_learned_and_not_its_data_entry() -> None:
    turned = [
        each
        for step in range(20)
        for each in ((0xB0, 99, 2), (0xB0, 98, 44), (0xB0, 6, 60 + step), (0xB0, 38, 0))
    ]
    found = learned("energy", *turned)
    assert found is not None
    assert found[1:] == ("nrpn 300 ch 1 port p", None)


@pytest.mark.parametrize(("raw", "encoding"), [(1, "twos"), (127, "twos"), (65, "offset"), (63, "offset")])
def test_an_encoder_without_ends_is_told_by_its_repeats(raw: int, encoding: str) -> None:
    assert learned("energy", *[(0xB0, 70, raw)] * 5) == (3, "cc 70 ch 1 port p", encoding)


def test_mode_messages_are_not_learned() -> None:
    assert learned("panic", *[(0xB0, 123, step) for step in range(128)]) is None


def test_the_later_map_has_priority_for_a_control() -> None:
    ready = Binding("energy", Control("cc", 1, None, "nano"), origin="box")
    other = Binding("density", Control("cc", 2, None, "nano"), origin="box")
    mine = Binding("tempo", Control("cc", 1, 1, "nanoKONTROL2"), origin="learned")
    assert in_force([ready, other], [mine]) == (other, mine)
    assert in_force([ready, other], without=[Control("cc", 2)]) == (ready,)
    assert in_force([ready], [Binding("tempo", Control("cc", 1, 1, "MPK"))])[0] == ready, "another device"


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    was = Learned(
        (
            Binding("melody.temperature", Control("cc", 20, 1, "nano"), 0.5, 1.5, "exp", origin="learned"),
            Binding("section", Control("note", 36, 10), value="drop", lights=(12, 60), origin="learned"),
            Binding(
                "section", Control("note", 37, 10), value="build", hold=True, echo=False, origin="learned"
            ),
            Binding("preset", Control("program", None), origin="learned"),
            Binding("energy", Control("bend", 0, 2), pickup=False, origin="learned"),
            Binding("density", Control("cc", 3), relative="offset", origin="learned"),
        ),
        (Control("cc", 7, 1, "a b"),),
    )
    text = text_of(was)
    read = read_text(text)
    assert ({*read.bindings}, read.unassigned) == ({*was.bindings}, was.unassigned)
    assert "[[map.section]]" in text, "a person can read it"
    path = tmp_path / "controls.toml"
    assert read_learned(path) == Learned()
    path.write_text(text)
    assert read_learned(path) == read


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version = 2", "its version is 2; this edmd reads 1"),
        ("x", "it is not TOML"),
        ("version = 1\nunassigned = [3]", '"unassigned" is a list'),
        ("version = 1\n[map]\ntempo = 3", "is bound by a table"),
    ],
)
def test_a_damaged_file_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BindingError, match=re.escape(sentence)):
        read_text(text)


@pytest.mark.parametrize("name", boxes())
def test_ready_maps_bind_each_control_once_and_only_at_their_port(name: str) -> None:
    bindings = read_boxes([name])
    assert len({each.control for each in bindings}) == len(bindings) > 20
    assert all(each.control.port for each in bindings)
    assert {"play", "stop", "panic", "tap", "lead.mute", "tempo", "energy"} <= {
        each.target for each in bindings
    }


def test_what_was_sent_and_comes_back_within_30_ms_is_own() -> None:
    loopback = Loopback()
    loopback.sent(b"\xb0\x01\x40", 1.0)
    assert loopback.is_own("p", b"\xb0\x01\x40", 1.029)
    assert not loopback.is_own("p", b"\xb0\x01\x40", 1.031)
    assert not loopback.is_own("p", b"\xb0\x01\x41", 1.001)


def test_a_port_that_brings_back_our_notes_is_a_loop_until_it_stops() -> None:
    loopback = Loopback()
    for number in range(2):
        assert not loopback.is_own("p", bytes((0x92, 40 + number, 90)), 1.0 + number / 8)
        loopback.noted(3, 40 + number, 90, 1.1 + number / 8)
    assert loopback.is_own("p", b"\x92\x40\x50", 2.0)
    assert not loopback.is_own("other", b"\x92\x40\x50", 2.0)
    assert not loopback.is_own("p", b"\x92\x40\x50", 12.0)
    assert [loopback.first_of("p"), loopback.first_of("p")] == [True, False]


def test_a_player_who_plays_other_notes_than_we_is_no_loop() -> None:
    loopback = Loopback()
    for number in range(20):
        assert not loopback.is_own("p", bytes((0x90, 60 + number, 90)), number / 4)
        loopback.noted(1, 60 + number, 91, number / 4 + 0.1)
