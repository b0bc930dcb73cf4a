"""Kinds of drum beat."""

import numpy as np
import pytest

from models import beats
from models.codecs import percussion
from models.notes import TICKS_PER_BAR


def bar(**hits: tuple[int, ...]) -> np.ndarray:
    """Return the tokens of a bar with these drums at these ticks."""
    tokens = np.zeros((TICKS_PER_BAR, len(percussion.DRUMS)), np.int64)
    for name, ticks in hits.items():
        tokens[list(ticks), percussion.DRUMS.index(name)] = 2
    return tokens


@pytest.mark.parametrize(
    ("hits", "wanted"),
    [
        ({}, beats.NONE),
        ({"closed_hat": (2, 6)}, beats.NONE),
        ({"kick": (0, 4, 8, 12)}, beats.FOUR),
        ({"kick": (0, 4, 8, 12, 14), "clap": (4, 12)}, beats.FOUR),
        ({"kick": (0, 10), "snare": (8,)}, beats.HALF),
        ({"kick": (0, 10), "snare": (4, 12)}, beats.TWO_STEP),
        ({"kick": (0, 8), "snare": (4, 12)}, beats.BACKBEAT),
        ({"snare": (4, 12)}, beats.BACKBEAT),
        ({"kick": (0, 6)}, beats.KICK),
        ({"kick": (0,), "snare": (3, 9)}, beats.OTHER),
    ],
)
def test_a_bar_has_the_beat_of_its_kick_and_snare(hits: dict[str, tuple[int, ...]], wanted: int) -> None:
    assert beats.beats(bar(**hits)).tolist() == [wanted]


def test_every_bar_is_judged_alone_and_an_unfinished_one_is_left_out() -> None:
    four, half = bar(kick=(0, 4, 8, 12)), bar(kick=(0,), snare=(8,))
    tokens = np.concatenate([four, half, four[:7]])
    assert beats.beats(tokens).tolist() == [beats.FOUR, beats.HALF]


@pytest.mark.parametrize(
    ("closed", "opened", "off_beat"),
    [
        ("................", "..x...x...x...x.", True),
        ("..x...x...x...x.", "................", True),
        ("xxxxxxxxxxxxxxxx", "..x...x...x...x.", True),
        ("x.x.x.x.x.x.x.x.", "................", False),
        ("..x...x.........", "..........x...x.", False),
    ],
)
def test_off_beat_hats_are_one_hat_on_all_off_beats(closed: str, opened: str, off_beat: bool) -> None:
    tokens = np.zeros((16, len(percussion.DRUMS)), np.int64)
    tokens[:, percussion.DRUMS.index("closed_hat")] = [sign == "x" for sign in closed]
    tokens[:, percussion.DRUMS.index("open_hat")] = [sign == "x" for sign in opened]
    assert beats.off_beat_hats(tokens).tolist() == [off_beat]


def test_no_bars_have_no_beats() -> None:
    tokens = np.zeros((3, len(percussion.DRUMS)), np.int64)
    assert beats.beats(tokens).shape == beats.off_beat_hats(tokens).shape == (0,)
