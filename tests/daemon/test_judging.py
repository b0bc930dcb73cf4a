"""Whether a daemon is healthy, from what it told."""

from typing import Any

import pytest

from daemon.judging import complaints, of_decks, stands_still

FINE: dict[str, Any] = {
    "ports": {"edmd melody": "open", "Digitakt": "open to Digitakt:1"},
    "midi_server": "runs",
    "underruns": 3,
    "lateness_us": {"p50": 10.0, "p99": 900.0, "max": 4000.0},
    "disk": {},
}
CLOCK = {"source": "midi", "locked": True}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ports": {"edmd melody": "open", "Digitakt": "absent"}}, "Digitakt is absent"),
        ({"ports": {"edmd melody": "absent", "midi": "No MIDI: start JACK"}}, "No MIDI: start JACK"),
        ({"midi_server": "stands still"}, "the MIDI server stands still"),
        ({"underruns": 4}, "1 tick came too late"),
        ({"lateness_us": {"p50": 1.0, "p99": 61_000.0, "max": 70_000.0}}, "notes are 61 ms late"),
        ({"disk": {"recording": "no space left"}}, "not written to the disk: recording (no space left)"),
    ],
)
def test_each_fault_is_told_in_one_text(change: dict[str, Any], said: str) -> None:
    found = complaints({**FINE, **change}, {"clock": CLOCK}, FINE)
    assert len(found) == 1
    assert said in found[0]


def test_a_followed_clock_that_is_lost_is_a_fault() -> None:
    assert complaints(FINE, {"clock": {"source": "midi", "locked": False}}, FINE) == [
        "the MIDI clock that leads the time is not heard"
    ]
    assert complaints(FINE, {"clock": {"source": "internal", "locked": False}}, FINE) == []


def test_what_is_well_or_not_told_is_no_fault() -> None:
    assert complaints(FINE, {"clock": CLOCK}, FINE) == []
    assert complaints({}, {}, {}) == []
    assert complaints({**FINE, "underruns": 0}, {}, FINE) == []  # another composer counts from 0


def test_without_a_midi_system_only_who_needs_it_complains() -> None:
    alone = {
        **FINE,
        "ports": {"edmd melody": "absent", "edmd percussion": "absent", "midi": "No MIDI: start JACK"},
    }
    assert complaints(alone, {}, FINE, needs_midi=False) == []
    assert complaints(alone, {}, FINE) == ["No MIDI: start JACK"]
    partly = {**FINE, "ports": {"edmd melody": "open", "Digitakt": "absent", "midi": "Digitakt is busy"}}
    assert complaints(partly, {}, FINE, needs_midi=False) == ["Digitakt is absent"]


def test_music_stands_still_only_where_it_should_go_on() -> None:
    playing = {"state": "playing", "clock_source": "internal", "count_in": 0}
    assert stands_still(playing, 0)
    assert not stands_still(playing, 1)
    for change in ({"state": "stopped"}, {"clock_source": "midi"}, {"count_in": 2}):
        assert not stands_still({**playing, **change}, 0)


def test_decks_are_named_where_there_are_several() -> None:
    assert of_decks({"main": ["a"]}) == ["a"]
    assert of_decks({"main": ["a"], "two": ["b", "c"]}) == ["main: a", "two: b", "two: c"]
