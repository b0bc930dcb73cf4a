"""Effects in the player: sweeps, risers and impacts at their times, only where they are wanted, and always ended."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pytest
from msgspec.structs import replace

from daemon.link.player import Mute, PortNames, Quit, Sent, TickNotes, Transport
from models.effects import IMPACT, RISER, Effects
from models.notes import VOICES, Voice
from tests.daemon.rig import Anew, Cue, Rig, at_tick, tick

PLAY: Final = Transport("play")
STOP: Final = Transport("stop")
PANIC: Final = Transport("panic")
QUIT: Final = Quit()
TICK_SECONDS: Final = 0.125
"""The length of a tick at 120 BPM."""
OPEN, CLOSED = "b04a40", "b04a18"
RISE, FALL = bytes((0x9F, RISER.pitch, RISER.velocity)).hex(), bytes((0x8F, RISER.pitch, 64)).hex()


def composing(effects: Mapping[int, Effects]) -> Callable[[int], TickNotes]:
    """One note of each voice at each tick, and these effects at some."""

    def compose(number: int) -> TickNotes:
        notes = [
            at_tick(number, voice=voice, pitch=40 + place, length=100) for place, voice in enumerate(VOICES)
        ]
        return replace(tick(number, notes), effects=effects.get(number))

    return compose


def played(effects: Mapping[int, Effects], script: Sequence[Cue], /, **settings: Any) -> Rig:
    return Rig([Cue(0.1, PLAY), *script], composing(effects), **{"effects": VOICES, **settings}).run()


def controls(
    rig: Rig, port: str = "edmd melody", channels: Sequence[int] = (0, 1, 2)
) -> list[tuple[float, str]]:
    """The controllers 74 on these channels (from 0)."""
    return [
        (round(seconds, 6), message.hex())
        for seconds, message in rig.sent(port)
        if message[0] & 0xF0 == 0xB0 and message[1] == 74 and message[0] & 0x0F in channels
    ]


def own(rig: Rig, port: str = "edmd melody") -> list[str]:
    """All messages on the channel of risers and impacts."""
    return [message.hex() for _, message in rig.sent(port) if message[0] < 0xF0 and message[0] & 0x0F == 15]


def start_of(rig: Rig) -> float:
    return next(seconds for seconds, message in rig.sent() if message[0] & 0xF0 == 0x90)


def at(begins: float, number: int) -> float:
    """When a tick begins."""
    return round(begins + number * TICK_SECONDS, 6)


def lead(value: int) -> Effects:
    return Effects((("lead", value),))


def rising(first: int, last: int) -> dict[int, Effects]:
    return {number: Effects(riser=20 + number) for number in range(first, last)}


def test_a_sweep_is_sent_at_its_ticks_and_only_where_it_changes() -> None:
    rig = played({4: lead(24), 5: lead(24), 6: lead(30)}, [Cue(3.0, QUIT)])
    begins = start_of(rig)
    assert controls(rig) == [
        (at(begins, 4), CLOSED),
        (at(begins, 6), "b04a1e"),
        (at(begins, 7), OPEN),
    ]


def test_each_voice_is_swept_on_its_channel_and_a_shared_channel_by_its_first_voice() -> None:
    effects = {2: Effects((("lead", 24), ("chords", 20), ("bass", 36)))}
    assert [each for _, each in controls(played(effects, [Cue(1.0, QUIT)]))] == [
        *("b04a18", "b14a14", "b24a24"),
        *("b04a40", "b14a40", "b24a40"),
    ]
    shared: dict[Voice, int] = {"lead": 1, "chords": 1, "bass": 3, "drums": 10}
    rig = played(effects, [Cue(1.0, QUIT)], channels=shared)
    assert [each for _, each in controls(rig)] == ["b04a18", "b24a24", "b04a40", "b24a40"]


def test_a_named_port_gets_no_effects_by_default() -> None:
    """With `auto` the lead's effects are not sent: its port is hardware."""
    effects = {2: Effects((("lead", 24), ("chords", 20)), riser=50), 3: Effects(impact=100)}
    rig = played(
        effects,
        [Cue(1.0, QUIT)],
        routes={"lead": "synth"},
        visible=("synth",),
        effects=("chords", "bass", "drums"),
    )
    assert not controls(rig, "synth", range(16))
    assert own(rig, "synth") == own(rig) == []
    assert [each for _, each in controls(rig)] == ["b14a14", "b14a40"]
    nobody = played(effects, [Cue(1.0, QUIT)], effects=())
    assert not controls(nobody, channels=range(16))
    assert not own(nobody)


def test_a_riser_is_held_while_filter_and_expression_rise_and_an_impact_follows() -> None:
    effects = rising(2, 4) | {4: Effects(impact=100), 5: Effects(impact=100)}
    struck, ended = bytes((0x9F, IMPACT.pitch, 100)).hex(), bytes((0x8F, IMPACT.pitch, 64)).hex()
    assert own(played(effects, [Cue(2.0, QUIT)], programs=("lead",))) == [
        *(f"cf{RISER.program:02x}", "bf4a16", "bf0b16", RISE),
        *("bf4a17", "bf0b17"),
        *(FALL, "bf4a40", "bf0b7f"),
        *(f"cf{IMPACT.program:02x}", struck),
        ended,
    ]
    without = own(played(effects, [Cue(2.0, QUIT)]))
    assert not [each for each in without if each.startswith("cf")]
    assert RISE in without


@pytest.mark.parametrize("end", [STOP, QUIT])
def test_stop_and_exit_end_all_effects(end: Transport | Quit) -> None:
    effects = {number: Effects((("lead", 24),), riser=50) for number in range(100)}
    rig = played(effects, [Cue(1.0, end), Cue(2.0, QUIT)])
    ending = [message.hex() for seconds, message in rig.sent() if seconds >= 1.0]
    assert [each for each in ending if each in (OPEN, FALL, "bf4a40", "bf0b7f")] == [
        *(OPEN, FALL, "bf4a40", "bf0b7f")
    ]
    assert ending.index(FALL) < ending.index("bf7b00")
    assert (own(rig).count(RISE), own(rig).count(FALL)) == (1, 1)


def test_after_a_panic_the_sweep_goes_on_and_the_riser_stays_silent_until_the_next_one() -> None:
    effects = {number: Effects((("lead", 24),), riser=50) for number in range(12)} | rising(16, 20)
    rig = played(effects, [Cue(1.0, PANIC), Cue(4.0, QUIT)])
    assert [each for _, each in controls(rig)] == [CLOSED, OPEN, CLOSED, OPEN]
    notes = [each for each in own(rig) if each in (RISE, FALL)]
    assert notes == [RISE, FALL, RISE, FALL]
    again = [seconds for seconds, message in rig.sent() if message.hex() == RISE][1]
    assert again == pytest.approx(start_of(rig) + 16 * TICK_SECONDS)


def test_muting_ends_a_sweep_and_muting_all_ends_the_riser_too() -> None:
    effects = {number: Effects((("lead", 24), ("bass", 36)), riser=50) for number in range(100)}
    rig = played(effects, [Cue(1.0, Mute(("lead",), 100)), Cue(1.5, Mute(VOICES, 100)), Cue(2.0, QUIT)])
    assert controls(rig)[2:] == [
        (1.0, OPEN),
        (1.5, "b24a40"),
    ]
    assert [seconds for seconds, message in rig.sent() if message.hex() == FALL] == [pytest.approx(1.5)]


def test_a_revision_takes_its_effects_back() -> None:
    effects = {number: Effects((("lead", 24),), riser=50) for number in range(4, 100)}
    plain = composing({})
    begins = start_of(played({}, [Cue(1.0, QUIT)]))
    anew = Cue(begins + 7.5 * TICK_SECONDS, Anew(tuple(plain(number) for number in range(8, 12))))
    rig = played(effects, [anew, Cue(begins + 11.5 * TICK_SECONDS, QUIT)], ahead=4)
    assert controls(rig) == [
        (at(begins, 4), CLOSED),
        (at(begins, 8), OPEN),
    ]
    assert [each for each in own(rig) if each in (RISE, FALL)] == [RISE, FALL]


def test_a_missing_tick_ends_the_effects() -> None:
    compose = composing({number: lead(24) for number in range(8)})
    rig = Rig(
        [Cue(0.1, PLAY), Cue(2.0, QUIT)],
        lambda number: compose(number) if number < 8 else None,
        effects=VOICES,
    ).run()
    assert controls(rig)[-1] == (at(start_of(rig), 8), OPEN)


def test_a_port_that_goes_is_left_without_effects_and_swept_again_when_it_returns() -> None:
    effects = {number: lead(24) for number in range(100)}
    script = [Cue(1.0, PortNames(())), Cue(1.5, PortNames(("synth",))), Cue(2.0, QUIT)]
    rig = played(effects, script, routes={"lead": "synth"}, visible=("synth",))
    assert [each for _, each in controls(rig, "synth")] == [CLOSED, OPEN, CLOSED, OPEN]


def test_effects_are_reported_and_delay_no_note() -> None:
    effects = {number: Effects((("lead", number),), riser=number) for number in range(4, 12)}
    rig, without = (played(each, [Cue(2.0, QUIT)]) for each in (effects, {}))
    assert rig.link.rows() == without.link.rows()
    rows = [row for sent in rig.link.told_of(Sent) for row in sent.controls]
    assert [row for row in rows if row[1] == "lead"] == [
        (480, "lead", bytes.fromhex("b04a04")),
        *((120 * number, "lead", bytes((0xB0, 74, number))) for number in range(5, 12)),
        (1440, "lead", bytes.fromhex(OPEN)),
    ]
    assert {lane for _, lane, _ in rows} == {"lead", "effects"}
    assert not [row for sent in without.link.told_of(Sent) for row in sent.controls]
