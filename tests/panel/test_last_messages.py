"""The last messages of each deck, and their metrics."""

from daemon.client import Message
from daemon.panel.event_stream import EventStream
from daemon.panel.health import HubCollector
from daemon.panel.last_messages import LastMessages
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
