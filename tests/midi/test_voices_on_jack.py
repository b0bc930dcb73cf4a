"""Where a voice goes and when, heard on JACK: its delay, further places, and MPE on a port of its own."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.player.mpe import MEMBERS, configuration, prelude
from tests import needs
from tests.midi.conftest import ArrivedMessage, Recorder, running_server, until
from tests.midi.jack_clock import CALM, PERIOD
from tests.midi.playing import Edmd, playing
from tests.training import tiny

pytestmark = pytest.mark.midi

MELODY, PERCUSSION, SECOND, MPE = "edmd melody", "edmd percussion", "second", "edmd mpe"
TEMPO = 60.0
SIXTEENTH_MS = 60_000 / TEMPO / 4
PLAIN = ("-o", "parameters.humanize=0", "-o", "parameters.swing=0", "--seed", "3")
SLOW = (*PLAIN, "-o", f"parameters.tempo={TEMPO}")
LEAD, CHORDS, BASS, DRUMS = 1, 2, 3, 10
ALLOWED_MS = 10.0
"""A message may wait for the server's next period, which is 5.3 ms."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    needs.library("jack")
    with running_server(CALM, PERIOD, "-R"):
        yield CALM
        time.sleep(1.0)  # the server must let the clients of the daemon go, or it dies as it ends


@pytest.fixture
def recorder(server: str) -> Iterator[Recorder]:
    with Recorder(MELODY, PERCUSSION, SECOND, MPE, server=server) as recording:
        yield recording


def connect(recorder: Recorder, *ports: str) -> None:
    for port in ports:
        until(lambda port=port: bool(recorder.sources(port)), f"{port} appears")  # type: ignore[misc]
        recorder.patch(recorder.sources(port)[0], port)


def notes(recorder: Recorder, channel: int, port: str = MELODY) -> list[ArrivedMessage]:
    return [each for each in recorder.notes(port) if each.message[0] % 16 == channel - 1]


def begun(recorder: Recorder, channel: int, port: str = MELODY) -> list[ArrivedMessage]:
    return [each for each in notes(recorder, channel, port) if each.message[0] & 0xF0 == 0x90]


def said(messages: list[ArrivedMessage]) -> list[tuple[int, bytes]]:
    """Return what note messages say, whatever their channel: note-on or note-off, with pitch and velocity."""
    return [(each.message[0] & 0xF0, each.message[1:]) for each in messages]


def forget(recorder: Recorder) -> None:
    for heard in recorder.heard.values():
        heard.clear()


def lags_ms(recorder: Recorder, seconds: float = 5.0) -> tuple[float, float]:
    """Return how much later than the sixteenths of the drums lead and bass come in the next seconds.

    These are medians of times of arrival in seconds: they mean something also while the server loses frames.
    """
    forget(recorder)
    time.sleep(seconds)
    drums = [each.seconds for each in begun(recorder, DRUMS, PERCUSSION)]
    lead, bass = (_lag_ms([each.seconds for each in begun(recorder, voice)], drums) for voice in (LEAD, BASS))
    return lead, bass


def _lag_ms(voice: list[float], drums: list[float]) -> float:
    assert len(drums) > 5
    assert len(voice) > 5
    lags = [min((each - drum for drum in drums), key=abs) * 1e3 for each in voice]
    return statistics.median(lag - SIXTEENTH_MS * round(lag / SIXTEENTH_MS) for lag in lags)


@pytest.mark.parametrize("ms", [100.0, -100.0])
def test_a_voice_arrives_so_much_later_or_earlier_than_the_others(
    ms: float, recorder: Recorder, bundle: Path
) -> None:
    with playing(bundle, *SLOW, "-o", f"midi.lead.delay={ms}") as edmd:
        connect(recorder, MELODY, PERCUSSION)
        edmd.wait_for_ticks(4)
        assert lags_ms(recorder) == pytest.approx((ms, 0.0), abs=ALLOWED_MS)


def test_a_delay_that_is_changed_live_is_heard(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, *SLOW) as edmd:
        connect(recorder, MELODY, PERCUSSION)
        edmd.wait_for_ticks(4)
        for ms in (0.0, 100.0, -100.0, 0.0):
            told = edmd.client.request("clock", action="delay", voice="lead", ms=ms)
            assert told["delays"]["lead"] == ms
            edmd.wait_for_ticks(8)  # the player moves ahead little by little
            assert lags_ms(recorder) == pytest.approx((ms, 0.0), abs=ALLOWED_MS)


def stop(edmd: Edmd, recorder: Recorder) -> None:
    edmd.client.transport("stop")
    until(lambda: bool(edmd.client.state()["transport"]["state"] == "stopped"), "it stops")
    until(lambda: not any(map(recorder.sounding, recorder.inputs)), "all notes have ended")
    time.sleep(0.2)  # messages on their way arrive
    edmd.listen(0.1)


def play_from_the_start(edmd: Edmd, recorder: Recorder, ticks: int) -> None:
    """Stop, forget all, play so many ticks, and stop."""
    stop(edmd, recorder)
    edmd.told.clear()
    forget(recorder)
    edmd.client.transport("play")
    edmd.wait_for_ticks(ticks)
    stop(edmd, recorder)


def test_a_voice_with_further_places_arrives_at_all_of_them(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, *PLAIN, "-o", f'midi.lead.also=["recorder:{SECOND}:5", ":7"]') as edmd:
        connect(recorder, MELODY, PERCUSSION)
        play_from_the_start(edmd, recorder, 32)
        first = notes(recorder, LEAD)
        assert len(first) > 10
        for copy in (notes(recorder, 5, SECOND), notes(recorder, 7)):
            assert said(copy) == said(first)
            apart = [abs(one.frame - other.frame) for one, other in zip(copy, first, strict=True)]
            assert statistics.median(apart) <= PERIOD
        assert recorder.notes(SECOND) == notes(recorder, 5, SECOND), "only the lead goes there"
        assert {row[1] for row in edmd.rows()} == {LEAD, CHORDS, BASS, DRUMS}, "each note is told once"


def test_mpe_has_a_port_where_each_note_has_a_channel_of_its_own(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, *PLAIN, "-o", "parameters.gate=1", "-o", 'midi.mpe=["lead", "chords"]') as edmd:
        connect(recorder, MELODY, PERCUSSION, MPE)
        zone = list(configuration())
        until(lambda: configured(recorder) == zone, "a new receiver is told of the zone")
        play_from_the_start(edmd, recorder, 48)
        sent = [each.message for each in recorder.heard[MPE] if each.message[0] < 0xF8]
        assert [each for each in sent if each[0] == 0xB0 and each[1] in (6, 100, 101)][: len(zone)] == zone
        ons = [number for number, each in enumerate(sent) if each[0] & 0xF0 == 0x90]
        assert min(ons) > sent.index(zone[-1]), "the zone is told before its first note"
        for number in ons:
            channel, _, velocity = 1 + sent[number][0] % 16, *sent[number][1:]
            assert tuple(sent[number - 3 : number]) == prelude(channel, velocity)
        assert most_at_once(sent) > 1
        doubled = sorted(said(notes(recorder, LEAD) + notes(recorder, CHORDS)))
        assert sorted(said(recorder.notes(MPE))) == doubled
        assert recorder.sounding(MPE) == set()


def configured(recorder: Recorder) -> list[bytes]:
    """Return the messages of RPN that arrived last."""
    rpn = [each.message for each in list(recorder.heard[MPE]) if each.message[0] == 0xB0]
    return [each for each in rpn if each[1] in (6, 100, 101)][-len(configuration()) :]


def most_at_once(sent: list[bytes]) -> int:
    """Return how many notes sounded at once; each must have a member channel where nothing else sounds."""
    held: set[int] = set()
    most = 0
    for message in sent:
        channel = 1 + message[0] % 16
        if message[0] & 0xF0 == 0x90:
            assert channel in MEMBERS
            assert channel not in held
            held.add(channel)
            most = max(most, len(held))
        elif message[0] & 0xF0 == 0x80:
            held.discard(channel)
    return most
