"""What a dead player may have left sounding, and how its effects end in a recording."""

from daemon.composer.playing.hanging import begun, ended_effects
from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.ensemble import Composed
from models.effects import IMPACT, RISER, Effects
from models.notes import CHANNELS, Note
from models.take import TakeBuilder

PLAN = BarPlan("build", (0, 0), (0, 0, 0), (0,) * 9, 0.5)
PLAIN = Composed(7, (Note(840, 60, "bass", 36, 100),), (), PLAN)
RISING = Composed(8, (Note(960, 60, "lead", 72, 100),), (), PLAN, Effects((("lead", 30),), riser=80))
STRUCK = Composed(9, (), (), PLAN, Effects(impact=100))


def test_notes_risers_and_impacts_may_hang() -> None:
    assert begun([PLAIN], CHANNELS) == {(3, 36)}
    assert begun([PLAIN, RISING], CHANNELS) == {(3, 36), (1, 72), (16, RISER.pitch)}
    assert begun([STRUCK], {**CHANNELS, "bass": 16}) == {(15, IMPACT.pitch)}


def test_a_recording_ends_the_effects_that_may_have_been_sent() -> None:
    assert ended_effects([PLAIN], CHANNELS, 900) == ()
    builder = TakeBuilder()
    builder.add_controls([(0, "effects", b"\x9f\x3c\x50"), *ended_effects([RISING], CHANNELS, 900)])
    rows = builder.finish().controls
    assert {pulse for pulse, _, _ in rows[1:]} == {900}
    assert {message for _, lane, message in rows if lane == "lead"} == {b"\xb0\x4a\x40"}
    assert bytes((0x8F, RISER.pitch, 64)) in [message for _, _, message in rows]
