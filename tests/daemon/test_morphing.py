"""Morphs: values between two presets, and the way from one to the other."""

import pytest

from daemon.automation import Automation
from daemon.morphing import between
from daemon.parameters import Parameters, Value

FIRST: dict[str, Value] = {"tempo": 100.0, "transpose": 0, "genre": "house", "lead.mute": False, "gate": 0.3}
SECOND: dict[str, Value] = {
    "tempo": 140.0,
    "transpose": 12,
    "genre": "techno",
    "lead.mute": True,
    "swing": 0.5,
}


@pytest.mark.parametrize(
    ("position", "tempo", "others"),
    [
        (0, 100.0, (0, "house", False)),
        (0.25, 110.0, (0, "house", False)),
        (0.5, 120.0, (12, "techno", True)),
        (1, 140.0, (12, "techno", True)),
    ],
)
def test_numbers_glide_and_the_rest_switches_in_the_middle(
    position: float, tempo: float, others: tuple[Value, ...]
) -> None:
    values = between(FIRST, SECOND, position)
    assert values.pop("tempo") == tempo
    assert tuple(values.values()) == others, "names that only one has are left out"


def test_between_equal_numbers_nothing_is_rounded() -> None:
    assert between({"gate": 0.9}, {"gate": 0.9}, 0.4) == {"gate": 0.9}


def test_over_beats_it_is_one_change_from_the_first_to_the_second() -> None:
    first, second = between(FIRST, SECOND, 0), between(FIRST, SECOND, 1)
    automation = Automation(Parameters()).scheduled(second, 3, "bar", 4.0, origins=first)
    heard = []
    for tick in range(15, 34):
        automation = automation.advanced(tick)
        now = automation.current
        heard.append((now.tempo, now.transpose, now.lead.mute))
    assert heard[0] == (128.0, 0, False), "before its bar nothing changes"
    assert heard[1] == (100.0, 0, False)
    assert heard[8] == (117.5, 0, False)
    assert heard[9] == (120.0, 12, True)
    assert heard[17] == heard[18] == (140.0, 12, True)
    assert automation.pending() == {}


def test_what_a_morph_will_be_is_announced_and_it_stops_where_it_is() -> None:
    first, second = between(FIRST, SECOND, 0), between(FIRST, SECOND, 1)
    automation = Automation(Parameters()).scheduled(second, 0, over_beats=4.0, number=5, origins=first)
    told = automation.pending()
    assert (told["tempo"]["until_beat"], told["lead.mute"]["until_beat"]) == (4.0, 2.0)
    stopped = automation.advanced(4).cancelled([5], 5)
    assert (stopped.current.tempo, stopped.current.transpose) == (112.5, 0)
