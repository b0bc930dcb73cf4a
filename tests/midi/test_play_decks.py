"""`edmd play` with several decks on a real JACK server: each on its own ports, and playing what it plays alone."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.client import Client
from models.notes import MAIN, PULSES_PER_BEAT
from tests.daemon.playback import loud, performed
from tests.midi.conftest import Recorder, until
from tests.midi.playing import Edmd, playing
from tests.training import tiny

pytestmark = pytest.mark.midi

OWN = ("edmd warm melody", "edmd warm percussion")
PORTS = ("edmd melody", "edmd percussion", *OWN)
BEATS = 8


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def recorder(jack_server: str) -> Iterator[Recorder]:
    with Recorder(*PORTS, server=jack_server) as recording:
        yield recording


@pytest.fixture
def edmd(recorder: Recorder, bundle: Path) -> Iterator[Edmd]:
    """A daemon whose second deck, `warm`, is connected and stopped."""
    with playing(bundle, "-o", "parameters.humanize=0", "--seed", "3") as started:
        started.client.add_deck("warm")
        recorder.connect()
        yield started


def ons(recorder: Recorder, port: str, after_seconds: float = 0.0) -> list[tuple[int, int, int]]:
    """Return channel, pitch and velocity of the note-ons that arrived at a port."""
    arrived = [each for each in recorder.notes(port) if each.seconds > after_seconds]
    messages = [each.message for each in arrived if each.message[0] & 0xF0 == 0x90]
    return [((message[0] & 0x0F) + 1, message[1], message[2]) for message in messages]


def warm(edmd: Edmd) -> Client:
    client = Client(edmd.client._endpoint, timeout_seconds=10.0, deck="warm")
    client.transport("play")
    return client


def test_a_deck_plays_on_its_own_ports_what_it_plays_alone(
    edmd: Edmd, recorder: Recorder, bundle: Path
) -> None:
    seed = next(deck["seed"] for deck in edmd.client.decks() if deck["name"] == "warm")
    with warm(edmd):
        edmd.until(lambda: any(each["beat"] > BEATS for each in told(edmd, "warm")), "two bars of the deck")
    alone = performed(bundle, seed, 2, loud(humanize=0.0))
    expected = sorted((note.pulse, note.voice, note.pitch, note.velocity) for note in alone.notes)
    heard = [
        (round(each["beat"] * PULSES_PER_BEAT), each["voice"], each["pitch"], each["velocity"])
        for each in told(edmd, "warm")
        if each["beat"] < BEATS
    ]
    assert sorted(heard) == expected
    sent = [(each["channel"], each["pitch"], each["velocity"]) for each in told(edmd, "warm")]
    until(lambda: len(ons(recorder, OWN[0]) + ons(recorder, OWN[1])) >= len(sent), "they arrive")
    assert {*ons(recorder, OWN[0])} | {*ons(recorder, OWN[1])} >= {*sent}
    assert {channel for channel, _, _ in ons(recorder, OWN[1])} == {10}
    assert told(edmd, MAIN), "the first deck plays too"


def told(edmd: Edmd, deck: str) -> list[dict[str, Any]]:
    """Return the note-ons that telemetry has of a deck."""
    return [each for each in edmd.of("note") if each["type"] == "on" and each.get("deck", MAIN) == deck]


def test_one_deck_stops_and_the_other_plays_on(edmd: Edmd, recorder: Recorder) -> None:
    with warm(edmd) as client:
        until(lambda: len(ons(recorder, OWN[0])) > 5, "the deck plays")
        client.transport("stop")
        until(lambda: not recorder.sounding(OWN[0]) and not recorder.sounding(OWN[1]), "its notes end")
        stopped = time.perf_counter() + 0.2
        until(lambda: len(ons(recorder, PORTS[0], stopped)) > 5, "the first deck plays on")
        assert not ons(recorder, OWN[0], stopped)


@pytest.mark.parametrize("role", ["composer", "player"])
def test_both_decks_go_on_when_a_role_is_killed(edmd: Edmd, recorder: Recorder, role: str) -> None:
    with warm(edmd):
        until(lambda: len(ons(recorder, OWN[0])) > 10, "the deck plays")
        time.sleep(1.2)  # until the patchbay has seen the connections
        edmd.role(role).kill()
        fell = time.perf_counter() + 1.0
        for port in (PORTS[0], OWN[0]):
            until(lambda port=port: len(ons(recorder, port, fell)) > 10, f"{port} plays on")  # type: ignore[misc]
        until(
            lambda: [each["name"] for each in edmd.client.decks()] == [MAIN, "warm"], "both decks are there"
        )


def test_a_removed_deck_is_silent_and_its_ports_go(edmd: Edmd, recorder: Recorder) -> None:
    with warm(edmd):
        until(lambda: bool(recorder.sounding(OWN[0])), "a note sounds")
        edmd.client.remove_deck("warm")
    until(lambda: not recorder.sounding(OWN[0]), "its notes end")
    until(lambda: not recorder.sources(OWN[0]), "its ports are gone")
    assert [each["name"] for each in edmd.client.decks()] == [MAIN]
