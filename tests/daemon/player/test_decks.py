"""Several decks on one player: each plays what it plays alone, and comes, goes and fails alone."""

import logging
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from daemon.link.player import (
    MOST_DECKS,
    AddDeck,
    Attached,
    Moved,
    NoDeck,
    Ports,
    Quit,
    Refused,
    RemoveDeck,
    SendPrograms,
    TakeOver,
    TickNotes,
    Transport,
    Underrun,
)
from daemon.link.timeline import Timeline
from daemon.player.link import NewComposer
from daemon.player.performance import Performance
from daemon.player.ports.deck_ports import port_names
from daemon.player.ports.memory_ports import MemoryDriver, MemoryPort
from daemon.player.ports.outputs import Port, PortError
from models.effects import Effects
from models.notes import MAIN, VOICES
from tests.daemon.decks import DecksRig
from tests.daemon.rig import Compose, Cue, Rig, at_tick, sounding, tick

PLAY, STOP, PANIC, QUIT = Transport("play"), Transport("stop"), Transport("panic"), Quit()
TEMPOS = {MAIN: 120.0, "b": 93.7, "c": 174.0, "d": 120.0}
SILENCES = [f"b{channel}{control}00" for channel in (0, 1, 2) for control in ("40", "7b", "78")]


def music(tempo: float, length: int = 60) -> Compose:
    def compose(number: int) -> TickNotes:
        late = 7 * number % 50
        notes = [
            at_tick(number, length, voice, 40 + 5 * n + number % 5, late) for n, voice in enumerate(VOICES)
        ]
        return tick(number, notes, tempo)

    return compose


def decks(*names: str, length: int = 60) -> dict[str, tuple[list[Cue], Compose]]:
    return {
        name: ([Cue(0.1 + 0.0437 * n, PLAY)], music(TEMPOS[name], length)) for n, name in enumerate(names)
    }


def alone(cues: list[Cue], compose: Compose, until: float) -> Rig:
    return Rig([*cues, Cue(until, QUIT)], compose, ahead=4).run()


def bytes_of(sent: list[tuple[float, bytes]]) -> list[str]:
    return [message.hex() for _, message in sent]


def test_each_deck_sends_what_it_sends_alone_and_when() -> None:
    rig = DecksRig(decks(*TEMPOS), [Cue(6.0, QUIT)]).run()
    for name, (cues, compose) in decks(*TEMPOS).items():
        single = alone(cues, compose, 6.0)
        for port in ("melody", "percussion"):
            together, expected = rig.sent(name, port), single.sent(f"edmd {port}")
            assert len(expected) > 250
            assert bytes_of(together) == bytes_of(expected)
            assert [seconds for seconds, _ in together] == pytest.approx(
                [seconds for seconds, _ in expected], abs=1e-9
            )
        assert rig.link.links[name].rows() == single.link.rows()
        assert [*rig.link.links[name].told_of(Underrun), *rig.link.links[name].told_of(Refused)] == []


@given(
    st.lists(
        st.tuples(st.floats(20.0, 300.0), st.floats(0.1, 2.0), st.floats(2.1, 4.0)), min_size=2, max_size=9
    )
)
@settings(max_examples=12, deadline=None)
def test_whatever_their_tempos_decks_do_not_touch_each_other(drawn: list[tuple[float, float, float]]) -> None:
    names = [MAIN, *"bcdefghi"][: len(drawn)]
    scripts = {
        name: ([Cue(play, PLAY), Cue(stop, STOP)], music(tempo, 500))
        for name, (tempo, play, stop) in zip(names, drawn, strict=True)
    }
    rig = DecksRig(scripts, [Cue(5.0, QUIT)]).run()
    for name, (cues, compose) in scripts.items():
        single = alone(cues, compose, 5.0)
        rows = [row[:6] for row in rig.link.links[name].rows()]
        expected = [row[:6] for row in single.link.rows()]
        # A message that comes just before an event of another deck is handled after it, up to 2 ms later.
        assert abs(len(rows) - len(expected)) <= 16
        assert sounding(rig.notes(name)) == sounding(rig.notes(name, "percussion")) == set()
        ons = [row for row in rows if row[2]]
        assert ons[: len(ons) - 8] == [row for row in expected if row[2]][: len(ons) - 8]


def test_the_clock_of_a_deck_goes_to_its_own_ports() -> None:
    rig = DecksRig(decks(MAIN, "b"), [Cue(4.0, QUIT)]).run()
    for name in (MAIN, "b"):
        clocks = [seconds for seconds, message in rig.sent(name) if message == b"\xf8"]
        gaps = [after - before for before, after in pairwise(clocks) if before > 0.5]
        assert gaps == pytest.approx([60 / TEMPOS[name] / 24] * len(gaps))


def test_a_deck_without_clock_sends_none() -> None:
    cues = [Cue(0.0, AddDeck("x", midi_clock=False, tempo=90.0)), Cue(1.0, QUIT)]
    rig = DecksRig(decks(MAIN), cues)
    rig.run()
    assert rig.sent("x") == [each for each in rig.sent("x") if each[1][0] & 0xF0 == 0xB0]


def test_a_deck_is_attached_with_its_ports_which_all_are_told() -> None:
    rig = DecksRig(decks(MAIN, "b"), [Cue(1.0, QUIT)]).run()
    ports = dict.fromkeys(["edmd melody", "edmd percussion", "edmd b melody", "edmd b percussion"], "open")
    assert rig.link.ports() == Ports(ports, "", ("b",))
    assert rig.link.links["b"].told[0] == Attached(
        0, 0, 0, 0, False, Timeline(0, 0.0, 120.0), (), ports, "", deck="b"
    )


def test_a_new_composer_hears_of_all_decks_main_first() -> None:
    rig = DecksRig(decks(MAIN, "b", "c"), [Cue(2.0, NewComposer()), Cue(3.0, QUIT)])
    said: list[str] = []
    send = rig.link.send

    def note(message: object) -> None:
        if isinstance(message, Attached) and message.is_playing:
            said.append(message.deck)
        send(message)  # type: ignore[arg-type]

    rig.link.send = note  # type: ignore[method-assign]
    rig.run()
    assert said == [MAIN, "b", "c"]


def test_a_deck_that_is_added_again_is_attached_again() -> None:
    again = AddDeck("b", midi_clock=False, tempo=20.0)
    rig = DecksRig(decks(MAIN, "b"), [Cue(2.0, again), Cue(3.0, QUIT)]).run()
    first, second = rig.link.links["b"].told_of(Attached)
    assert not first.is_playing
    assert second.is_playing


def test_a_deck_is_removed_while_it_plays_and_the_others_go_on() -> None:
    script = [Cue(2.0, RemoveDeck("b")), Cue(4.0, QUIT)]
    rig = DecksRig(decks(MAIN, "b", length=5000), script).run()
    last = bytes_of(rig.sent("b"))
    assert [each for each in last if each in SILENCES][-9:] == SILENCES
    assert last[-1] == "fc"
    assert rig.sent("b")[-1][0] == pytest.approx(2.0, abs=2e-3)
    assert sounding(rig.notes("b")) == sounding(rig.notes("b", "percussion")) == set()
    assert rig.driver.ports["edmd b melody"].target == ""
    assert rig.link.ports() == Ports({"edmd melody": "open", "edmd percussion": "open"}, "")
    single = alone(*decks(MAIN, length=5000)[MAIN], 4.0)
    assert rig.sent(MAIN) == single.sent()
    assert isinstance(rig.link.links["b"].told[-1], Moved)


def test_a_removed_deck_may_come_back_at_once_or_later() -> None:
    back = AddDeck("b", midi_clock=True, tempo=90.0)
    for seconds in (2.0, 3.0):
        cues = [Cue(2.0, RemoveDeck("b")), Cue(seconds, back), Cue(4.0, QUIT)]
        rig = DecksRig(decks(MAIN, "b"), cues)
        rig.run()
        again = rig.link.links["b"].told_of(Attached)[-1]
        assert (again.course, again.revision, again.is_playing) == (0, 0, False)
        assert rig.link.ports().ports["edmd b melody"] == "open"
        assert not rig.link.links["b"].told_of(Underrun)


def test_messages_for_a_deck_that_is_gone_change_nothing() -> None:
    cues = [Cue(1.0, Transport("play", 3, deck="x")), Cue(1.1, RemoveDeck("x")), Cue(1.2, RemoveDeck(MAIN))]
    rig = DecksRig(decks(MAIN), [*cues, Cue(2.0, QUIT)]).run()
    assert rig.sent(MAIN) == alone(*decks(MAIN)[MAIN], 2.0).sent()
    assert {*rig.driver.ports} == {"edmd melody", "edmd percussion"}


def test_a_panic_silences_one_deck() -> None:
    script = [Cue(2.0, Transport("panic", deck="b")), Cue(3.0, QUIT)]
    rig = DecksRig(decks(MAIN, "b", length=900), script).run()
    told = [message.hex() for seconds, message in rig.sent("b") if 1.999 < seconds < 2.003]
    assert [each for each in told if each in SILENCES] == SILENCES
    assert rig.sent(MAIN) == alone(*decks(MAIN, length=900)[MAIN], 3.0).sent()
    assert rig.notes("b")[-1][0] > 2.9, "it plays on"


@pytest.mark.parametrize("last", [QUIT, None], ids=["quit", "the supervisor has gone"])
def test_at_the_end_all_decks_are_silent_at_once(last: Quit | None) -> None:
    rig = DecksRig(decks(*TEMPOS, length=5000), [Cue(3.0, last)]).run()
    for name in TEMPOS:
        for port in ("melody", "percussion"):
            assert sounding(rig.notes(name, port)) == set()
            assert rig.sent(name, port)[-1][0] <= 3.01
    assert all(port.target == "" for port in rig.driver.ports.values())


def test_a_deck_continues_in_phase_for_a_player_that_has_died() -> None:
    order = TakeOver(2, 5, Timeline(0, -10.0, TEMPOS["b"]), ((1, 60),))
    scripts = decks(MAIN) | {"b": ([Cue(0.001, order)], music(TEMPOS["b"]))}
    rig = DecksRig(scripts, [Cue(2.0, QUIT)]).run()
    first, *_ = (seconds for seconds, message in rig.notes("b") if message[0] == 0x90)
    pulse = (first + 10.0) * 480 * TEMPOS["b"] / 60
    assert (pulse % 120) == pytest.approx(7 * (pulse // 120) % 50)
    assert "803c40" in bytes_of(rig.notes("b"))
    assert "803c40" not in bytes_of(rig.notes(MAIN))
    assert "fa" not in bytes_of(rig.sent("b"))


def test_programs_go_to_the_ports_that_were_connected() -> None:
    cues = [Cue(0.5, SendPrograms(("edmd b melody",))), Cue(1.0, QUIT)]
    scripts: dict[str, tuple[list[Cue], Compose]] = {MAIN: ([], tick), "b": ([], tick)}
    rig = DecksRig(scripts, cues, programs=VOICES).run()
    told = [[s for s, m in rig.sent(deck) if m[0] & 0xF0 == 0xC0] for deck in (MAIN, "b")]
    assert told == [[0.0] * 3, [0.0] * 3 + [0.5] * 3]


def test_there_is_an_end_of_decks() -> None:
    names = [f"d{n}" for n in range(MOST_DECKS)]
    cues = [Cue(0.1 + n / 1000, AddDeck(name, True, 120.0)) for n, name in enumerate(names)]
    rig = DecksRig(decks(MAIN), [*cues, Cue(3.0, QUIT)])
    rig.run()
    refused = [message for message in rig.link.told if isinstance(message, NoDeck)]
    assert refused == [NoDeck("d63", "the player plays 64 decks already; remove one first")]
    assert len(rig.driver.ports) == 2 * MOST_DECKS


class FullDriver(MemoryDriver):
    """A MIDI system that has no more ports than those of the main deck, and one."""

    def port(self, name: str) -> Port:
        if len(self.ports) >= 3:
            raise PortError(f"MIDI port '{name}' cannot be created: too many clients")
        return super().port(name)


def test_a_port_that_cannot_be_opened_is_absent_and_the_deck_plays_on() -> None:
    rig = DecksRig(decks(MAIN, "b"), [Cue(2.0, QUIT)], driver=FullDriver).run()
    ports = rig.link.ports().ports
    assert (ports["edmd b melody"], ports["edmd b percussion"]) == ("open", "absent")
    assert ports["midi"] == "MIDI port 'edmd b percussion' cannot be created: too many clients"
    assert len(rig.notes("b")) > 20


class SlowPort(MemoryPort):
    """A port that takes 20 ms to open and to close, as one of JACK does; nothing else can be done meanwhile."""

    def open_virtual(self) -> str:
        self._clock.sleep_until(self._clock.now() + 0.02)
        return super().open_virtual()

    def delete(self) -> None:
        self._clock.sleep_until(self._clock.now() + 0.02)
        super().close()


class SlowDriver(MemoryDriver):
    def port(self, name: str) -> Port:
        if " b " in name:
            self.ports.setdefault(name, SlowPort(name, self._clock))
        return super().port(name)


def test_ports_open_and_close_while_no_note_is_near() -> None:
    scripts = decks(MAIN) | {"b": ([], tick)}
    rig = DecksRig(scripts, [Cue(2.0, RemoveDeck("b")), Cue(3.0, QUIT)], driver=SlowDriver).run()
    late = [row[6] for row in rig.link.links[MAIN].rows() if row[2]]
    assert len(late) > 80
    assert max(late) == 0
    assert rig.driver.ports["edmd b melody"].target == ""


def test_a_deck_that_fails_is_silenced_and_begun_anew_and_the_others_play_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig = DecksRig(decks(MAIN, "b", length=900), [Cue(4.0, QUIT)])
    do_due = Performance.do_due

    def break_once(self: Performance) -> None:
        if self.deck == "b" and rig.clock.now() > 2.0 and not failed:
            failed.append(rig.clock.now())
            raise RuntimeError("a bug")
        do_due(self)

    failed: list[float] = []
    monkeypatch.setattr(Performance, "do_due", break_once)
    with caplog.at_level(logging.ERROR):
        rig.run()
    assert "deck b has failed" in caplog.text
    assert rig.sent(MAIN) == alone(*decks(MAIN, length=900)[MAIN], 4.0).sent()
    after = [message.hex() for seconds, message in rig.sent("b") if seconds >= failed[0]]
    assert [each for each in after if each in SILENCES][:9] == SILENCES
    again = rig.link.links["b"].told_of(Attached)[-1]
    assert (again.course, again.revision, again.is_playing) == (0, 0, False)
    assert [seconds for seconds, _ in rig.notes("b") if seconds > failed[0]] == []


def test_a_deck_that_fails_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = DecksRig(decks(MAIN, "b"), [Cue(2.0, Transport("play", 2, deck="b")), Cue(4.0, QUIT)])
    do_due = Performance.do_due

    def fail(self: Performance) -> None:
        if self.deck == "b":
            raise RuntimeError("a bug")
        do_due(self)

    monkeypatch.setattr(Performance, "do_due", fail)
    rig.run()
    given_up = [message for message in rig.link.told if isinstance(message, NoDeck)]
    assert [message.deck for message in given_up] == ["b"]
    assert rig.sent(MAIN) == alone(*decks(MAIN)[MAIN], 4.0).sent()
    assert rig.driver.ports["edmd b melody"].target == ""


def test_the_main_deck_that_fails_again_ends_the_player_for_another_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = DecksRig(decks(MAIN, "b", length=5000), [Cue(2.0, PLAY), Cue(4.0, QUIT)])
    do_due = Performance.do_due

    def fail(self: Performance) -> None:
        if self.deck == MAIN and rig.clock.now() > 1.0:
            raise RuntimeError("a bug")
        do_due(self)

    monkeypatch.setattr(Performance, "do_due", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        rig.run()
    assert sounding(rig.notes("b")) == set()
    assert all(port.target == "" for port in rig.driver.ports.values())


@pytest.mark.parametrize(
    ("main", "named"),
    [
        (("edmd melody", "edmd percussion"), ("edmd b melody", "edmd b percussion")),
        (("my set melody", "my set percussion"), ("my set b melody", "my set b percussion")),
        (("lead", "drums"), ("b lead", "b drums")),
    ],
)
def test_ports_are_named_after_their_deck(main: tuple[str, str], named: tuple[str, str]) -> None:
    assert port_names("b", main) == named


def test_many_decks_leave_time_for_messages() -> None:
    """With 48 decks an event is due every few milliseconds, so that there is seldom time to wait for messages."""
    names = [MAIN, *(f"d{n}" for n in range(47))]
    scripts = {
        name: ([Cue(0.1 + n * 0.0013, PLAY)], music(117.0 + ceil(n * 1.7))) for n, name in enumerate(names)
    }
    rig = DecksRig(scripts, [Cue(3.0, QUIT)]).run()
    for name in names:
        assert rig.link.links[name].told_of(Underrun) == []
        assert len(rig.notes(name)) > 100


def test_each_deck_has_effects_of_its_own() -> None:
    def compose(number: int) -> TickNotes:
        return replace(tick(number, [at_tick(number)]), effects=Effects((("lead", 30),), riser=50))

    both = {MAIN: decks(MAIN)[MAIN], "b": ([Cue(0.15, PLAY)], compose)}
    rig = DecksRig(both, [Cue(1.0, RemoveDeck("b")), Cue(2.0, QUIT)], effects=VOICES).run()
    found = [message.hex() for _, message in rig.sent("b") if message[:2] == b"\xb0\x4a"]
    held = [message.hex()[:4] for _, message in rig.sent("b") if message[0] in (0x8F, 0x9F)]
    assert (found, held) == (["b04a1e", "b04a40"], ["9f3c", "8f3c"])
    assert not [each for each in rig.sent(MAIN) if each[1][:2] == b"\xb0\x4a" or each[1][0] in (0x8F, 0x9F)]
