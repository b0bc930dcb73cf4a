"""What a dead player may have left sounding, and how its effects end in a recording."""

import time
from collections.abc import Collection
from pathlib import Path

import pytest

from daemon.composer.assembly import build_composer
from daemon.composer.playing.hanging import begun, ended_effects
from daemon.config import load_config
from daemon.link.channel import Channel, socket_pair
from daemon.link.player import (
    Attached,
    Began,
    FromPlayer,
    Moved,
    Revise,
    Taken,
    TakeOver,
    ToPlayer,
    Transport,
)
from daemon.link.timeline import Timeline
from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.ensemble import Composed
from daemon.supervision.settings import ComposerSettings
from models.effects import IMPACT, RISER, Effects, lane_channels
from models.notes import CHANNELS, VOICES, Note, Voice
from models.take import TakeBuilder
from tests.training import tiny

PLAN = BarPlan("build", (0, 0), (0, 0, 0), (0,) * 9, 0.5)
PLAIN = Composed(7, (Note(840, 60, "bass", 36, 100),), (), PLAN)
RISING = Composed(8, (Note(960, 60, "lead", 72, 100),), (), PLAN, Effects((("lead", 30),), riser=80))
STRUCK = Composed(9, (), (), PLAN, Effects(impact=100))


LANES = lane_channels(CHANNELS, VOICES)
OWN = 16
TEMPO = 128.0
LONGEST = 4000


def test_notes_risers_and_impacts_may_hang() -> None:
    assert begun([PLAIN], CHANNELS, LANES) == {(3, 36)}
    assert begun([PLAIN, RISING], CHANNELS, LANES) == {(3, 36), (1, 72), (OWN, RISER.pitch)}
    shared = {**CHANNELS, "bass": OWN}
    assert begun([STRUCK], shared, lane_channels(shared, VOICES)) == {(15, IMPACT.pitch)}


@pytest.mark.parametrize("voices", [(), ("chords", "bass", "drums")])
def test_risers_and_impacts_that_are_not_sent_do_not_hang(voices: Collection[Voice]) -> None:
    assert begun([PLAIN, RISING, STRUCK], CHANNELS, lane_channels(CHANNELS, voices)) == {(3, 36), (1, 72)}


def test_a_recording_ends_the_effects_that_may_have_been_sent() -> None:
    assert ended_effects([PLAIN], LANES, 900) == ()
    builder = TakeBuilder()
    builder.add_controls([(0, "effects", b"\x9f\x3c\x50"), *ended_effects([RISING], LANES, 900)])
    rows = builder.finish().controls
    assert {pulse for pulse, _, _ in rows[1:]} == {900}
    assert {message for _, lane, message in rows if lane == "lead"} == {b"\xb0\x4a\x40"}
    assert bytes((0x8F, RISER.pitch, 64)) in [message for _, _, message in rows]


def test_a_recording_ends_no_effects_that_were_not_sent() -> None:
    assert ended_effects([RISING], {}, 900) == ()
    assert ended_effects([RISING], {"bass": 3}, 900) == ((900, "bass", b"\xb2\x4a\x40"),)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.parametrize(("effects", "ends_riser"), [("true", True), ("false", False)])
def test_a_successor_ends_a_riser_only_if_effects_are_sent(
    effects: str, ends_riser: bool, bundle: Path
) -> None:
    options = (f"play.model={bundle}", "play.seed=1", f"midi.effects={effects}", "gauge.enabled=false")
    _, decks = build_composer(ComposerSettings(load_config(overrides=options, environ={})))
    timeline = Timeline(0, time.perf_counter(), TEMPO)
    new = Attached(0, 0, 0, 0, False, timeline, (), {}, "")
    ours, theirs = socket_pair()
    decks.player.attach(ours)
    player = Channel[ToPlayer, FromPlayer](theirs, ToPlayer, "player")
    rising: set[int] = set()

    def said(*messages: FromPlayer) -> list[ToPlayer]:
        """What the composer answers to these messages; each revision is taken."""
        for message in messages:
            player.send(message)
        player.flush()
        decks.player.receive()
        while decks.work() == 0.0:
            pass
        answers = list(player.receive())
        for revise in [each for each in answers if isinstance(each, Revise)]:
            rising.update(each.tick for each in revise.ticks if each.effects and each.effects.riser)
            player.send(Taken(revise.revision))
        return answers

    assert Transport("play", 1) in said(new)
    tick = 0
    said(Moved(1, "playing", 0))
    while tick not in rising:
        said(Began(1, tick, timeline))
        tick += 1
        assert tick < LONGEST, "there is no riser"
    said(Began(1, tick, timeline))
    orders = [each for each in said(new) if isinstance(each, TakeOver)]
    assert len(orders) == 1
    assert ((OWN, RISER.pitch) in orders[0].hanging) == ends_riser
    decks.close(in_order=True)
    player.close()
