"""Values set by hand replace the planned ones."""

from daemon.music.arranging.director import Director
from daemon.parameters import change
from models.chords import PROGRESSIONS
from models.codecs.percussion import DRUMS
from models.notes import SECTIONS
from tests.daemon.music.planning import PURE, learned, plans, set_form


def test_a_section_by_hand_holds_until_it_is_given_back() -> None:
    for name in SECTIONS:
        held = plans(1, 96, change(PURE, {"section": name}))
        assert {plan.section for plan in held} == {name}
    planned = Director(1, learned())
    for bar in range(64):
        planned.plan(bar, change(PURE, {"section": "drop"}))
    assert planned.plan(64, PURE) == Director(1, learned()).plan(64, PURE)


def test_levels_by_hand_go_before_what_is_planned() -> None:
    for value, level in (("off", 0), ("1", 1), ("3", 3)):
        for index, name in enumerate(("bass", "chords", "lead")):
            found = plans(1, 64, change(PURE, {f"{name}.level": value}))
            assert {plan.voices[index] for plan in found} == {level}
        for part, drums in (("kick", ("kick",)), ("hats", ("closed_hat", "open_hat"))):
            for plan in plans(1, 64, change(PURE, {f"{part}.level": value})):
                assert max(plan.drums[DRUMS.index(drum)] for drum in drums) == level
    everything_off = {f"{part}.level": "off" for part in ("kick", "backbeat", "hats", "colour")}
    assert not any(any(plan.drums) for plan in plans(1, 64, change(PURE, everything_off)))


def test_a_key_by_hand_and_a_scale_lock_above_it() -> None:
    assert {plan.key for plan in plans(1, 400, change(PURE, {"key": "F# minor"}))} == {-3}
    locked = change(PURE, {"key": "F# minor", "scale": "C minor"})
    assert {plan.key for plan in plans(1, 64, locked)} == {0}


def test_chords_by_hand() -> None:
    named = plans(1, 64, change(PURE, {"chord_loop": "i-VI-III-VII"}))
    halves = [half for plan in named for half in zip(plan.harmony, plan.roots, strict=True)]
    assert halves == list(PROGRESSIONS["i-VI-III-VII"]) * 16
    held = set_form(1, 200)
    track = [plan.harmony for plan in plans(1, 400, change(PURE, {"chord_loop": "hold"}))]
    first = [section for section in held if section.track == held[0].track]
    bars = range(first[0].start_bar, first[-1].start_bar + first[-1].bars)
    assert len({track[bar] for bar in bars}) <= 4
    assert plans(1, 8, change(PURE, {"chord_loop": "next"}))[0].harmony != track[0]
