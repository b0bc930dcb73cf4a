"""The last messages of each deck, and their metrics."""

from daemon.client import Message
from daemon.panel.event_stream import EventStream
from daemon.panel.health import HubCollector
from daemon.panel.last_messages import LastMessages
from daemon.panel.played_bars import KEPT_BARS
from tests.panel.conftest import NOWHERE


def note(voice: str, **deck: str) -> Message:
    return Message("note", {"type": "on", "voice": voice, **deck})


def test_messages_of_an_only_deck_get_its_name_later() -> None:
    last = LastMessages()
    last.store(Message("gauge", {"bar": 1}))
    last.store(note("lead"))
    assert last.history() == {"health": [], "gauge": [{"bar": 1}]}
    last.name_decks(["main", "two"])
    last.store(Message("gauge", {"bar": 2, "deck": "main"}))
    last.store(Message("gauge", {"bar": 9, "deck": "two"}))
    assert [each["bar"] for each in last.history()["gauge"]] == [1, 2]
    assert [each["bar"] for each in last.history("two")["gauge"]] == [9]
    assert last.by_deck()["main"].notes == {"lead": 1}


def test_a_deck_that_is_gone_is_forgotten_and_the_one_that_is_left_goes_on() -> None:
    last = LastMessages()
    last.name_decks(["main", "two"])
    for deck in ("main", "two"):
        last.store(Message("gauge", {"bar": 1, "deck": deck}))
    last.name_decks(["two"])
    last.store(Message("gauge", {"bar": 2}))
    assert [each["bar"] for each in last.history()["gauge"]] == [1, 2]
    assert last.history("main") == {"health": [], "gauge": []}
    assert last.by_deck().keys() == {"two"}


def test_endless_names_take_no_endless_memory() -> None:
    last = LastMessages()
    for number in range(1000):
        last.store(Message("gauge", {"bar": 1, "deck": str(number)}))
    assert len(last.by_deck()) == 256


def bar_of(bar: int, section: str, *chords: str) -> list[Message]:
    tick = {"bar": bar, "beat": bar * 4.0, "section": section, "plan": {"chords": list(chords)}}
    beat, struck = bar * 4.0, {"voice": "bass", "pitch": 36, "velocity": 90}
    return [
        Message("tick", tick),
        Message("note", {**struck, "type": "on", "beat": beat}),
        Message("tick", {"bar": bar, "beat": beat + 0.25, "section": section}),
        Message("note", {**struck, "type": "off", "beat": beat + 0.5}),
    ]


def test_the_last_bars_are_kept_with_sections_and_chords_until_the_music_begins_again() -> None:
    last = LastMessages()
    for bar in range(100):
        for message in bar_of(bar, "drop" if bar > 95 else "build", "Am", "F"):
            last.store(message)
    last.store(Message("note", {"type": "on", "voice": "lead", "pitch": 60, "velocity": 80, "beat": 399.5}))
    played = last.played()
    assert [bar for bar, _, _ in played["bars"]] == [*range(100 - KEPT_BARS, 100)]
    assert played["bars"][-1] == [99, "drop", ["Am", "F"]]
    assert played["notes"][0] == [(100 - KEPT_BARS) * 4.0, (100 - KEPT_BARS) * 4.0 + 0.5, "bass", 36, 90]
    assert played["notes"][-1] == [399.5, None, "lead", 60, 80]
    for message in bar_of(0, "intro"):
        last.store(message)
    assert last.played() == {"bars": [[0, "intro", []]], "notes": [[0.0, 0.5, "bass", 36, 90]]}
    assert last.played("another") == {"bars": [], "notes": []}


def test_metrics_have_the_deck_as_a_label_if_there_are_several() -> None:
    event_stream = EventStream(NOWHERE, NOWHERE)
    event_stream.last.name_decks(["main"])
    event_stream.last.store(note("lead"))
    assert labels(event_stream) == [{"voice": "lead"}]
    event_stream.last.store(note("lead", deck="two"))
    assert labels(event_stream) == [{"deck": "main", "voice": "lead"}, {"deck": "two", "voice": "lead"}]


def labels(event_stream: EventStream) -> list[dict[str, str]]:
    found = HubCollector(event_stream).collect()
    return [sample.labels for metric in found if metric.name == "edmd_notes" for sample in metric.samples]
