from daemon.music.arranging.barplan import BarPlan
from daemon.music.deck.describe_plan import describe_plan
from models.chords import KEYS, PROGRESSIONS, chord_name, key_name
from models.codecs import percussion

DRUMS = (2, 0, 1, 3, 0, 0, 0, 0, 0)
PLAN = BarPlan(
    "build", (529, 545), (3, 2, 0), DRUMS, 0.61234, roots=(9, 5), key=3, bars_left=4, next_section="drop"
)


def test_a_plan_is_told_in_words_as_it_sounds() -> None:
    message = describe_plan(PLAN, 12)
    assert message["chords"] == ["Cm", "Ab"]
    assert message["key"] == "C minor / Eb major"
    assert (message["bar"], message["section"], message["bars_left"], message["next_section"]) == (
        12,
        "build",
        4,
        "drop",
    )
    assert message["energy"] == 0.612
    voices = {"bass": 3, "chords": 2, "lead": 0}
    assert message["levels"] == {**voices, **dict(zip(percussion.DRUMS, DRUMS, strict=True))}


def test_chords_are_named_by_the_nearest_shape() -> None:
    assert chord_name(0, -1) == ""
    assert chord_name(529, -1) == chord_name(529, 9) == "Am"
    assert chord_name(0b100010010001, 0) == "Cmaj7"
    assert [chord_name(mask, root) for mask, root in PROGRESSIONS["i-VII-VI-V"][::2]] == ["Am", "G", "F", "E"]


def test_keys_lie_around_the_common_one() -> None:
    assert len(KEYS) == 24
    assert set(KEYS.values()) == set(range(-6, 6))
    assert all(name in key_name(shift).split(" / ") for name, shift in KEYS.items())
