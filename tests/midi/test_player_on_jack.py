"""The player process on a real JACK server; the test process acts as composer and supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from daemon.link.player import Began
from daemon.player.ports.patchbay import open_patchbay
from models.effects import Effects
from models.notes import MAIN, PULSES_PER_TICK
from tests.midi.composing import LONG, Composer
from tests.midi.conftest import Recorder, until

pytestmark = pytest.mark.midi

TICK_FRAMES = 48000 * 60 // 128 // 4


@pytest.fixture
def composers() -> Iterator[list[Composer]]:
    started: list[Composer] = []
    yield started
    for composer in started:
        composer.role.kill()
        composer.link.close()


def begin(composers: list[Composer], **settings: Any) -> Composer:
    composers.append(Composer(**settings))
    return composers[-1]


def test_what_is_played_arrives_whole_and_in_order(recorder: Recorder, composers: list[Composer]) -> None:
    composer = begin(composers)
    composer.play(recorder, 2.0)
    composer.quit()
    melody = recorder.notes("edmd melody")
    ons = [heard for heard in melody if heard.message[0] == 0x90]
    assert len(ons) > 8
    assert [heard.message[1] for heard in ons] == list(range(40, 40 + len(ons)))
    assert [heard.message[0] for heard in melody] == [0x90, 0x80] * len(ons)
    assert len(recorder.notes("edmd percussion")) == len(melody)
    # In seconds, because frames do not advance while a busy machine does not run the server.
    gaps = sorted(after.seconds - before.seconds for before, after in pairwise(ons))
    assert gaps[len(gaps) // 2] == pytest.approx(TICK_FRAMES / 48_000, abs=0.02)  # the median
    said = [heard.message for heard in recorder.heard["edmd melody"]]
    assert said.index(b"\xfa") < said.index(b"\x90\x28\x64") < said.index(b"\xfc")
    assert said[-1] == b"\xfc"


def test_a_sweep_and_a_riser_arrive_and_end_with_the_player(
    recorder: Recorder, composers: list[Composer]
) -> None:
    composer = begin(composers, effects=("lead",))
    composer.decks[MAIN].effects = {n: Effects((("lead", min(20 + n, 40)),), riser=30) for n in range(2, 99)}
    composer.play(recorder, 3.2)
    composer.quit()
    said = [heard.message for heard in recorder.heard["edmd melody"]]
    swept = [message[2] for message in said if message[:2] == b"\xb0\x4a"]
    assert swept == [*range(22, 41), 64]
    assert [message[0] for message in said if message[0] in (0x8F, 0x9F)] == [0x9F, 0x8F]
    assert b"\xbf\x7b\x00" in said


def test_sigterm_silences_everything_and_exits(recorder: Recorder, composers: list[Composer]) -> None:
    composer = begin(composers, note_length=LONG)
    composer.play(recorder, 0.7)
    until(lambda: bool(recorder.sounding("edmd melody")), "notes sound")
    before = time.monotonic()
    os.kill(composer.process.pid, signal.SIGTERM)
    assert composer.process.wait() == 0
    assert time.monotonic() - before < 5
    assert recorder.sounding("edmd melody") == recorder.sounding("edmd percussion") == set()
    assert b"\xb9\x7b\x00" in [heard.message for heard in recorder.heard["edmd percussion"]]


def test_sigint_is_the_supervisors_to_decide(recorder: Recorder, composers: list[Composer]) -> None:
    composer = begin(composers)
    os.kill(composer.process.pid, signal.SIGINT)
    composer.play(recorder, 0.5)
    assert composer.process.poll() is None
    composer.quit()


SUPERVISOR_TO_KILL = """
import sys, time
from tests.midi.composing import Composer, LONG
from tests.midi.conftest import Recorder
if __name__ == "__main__":
    composer = Composer(note_length=LONG)
    print(composer.process.pid, flush=True)
    sys.stdin.readline()
    composer.start()
    composer.listen(60.0)
"""


def test_a_killed_supervisor_leaves_nothing_sounding(recorder: Recorder) -> None:
    words = [sys.executable, "-c", SUPERVISOR_TO_KILL]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as composer:
        assert composer.stdin is not None
        assert composer.stdout is not None
        player = int(composer.stdout.readline())
        recorder.connect()
        composer.stdin.write("\n")
        composer.stdin.flush()
        until(lambda: len(recorder.sounding("edmd melody")) > 2, "notes sound")
        composer.kill()
        until(lambda: not recorder.sounding("edmd melody"), "the melody is silent")
        until(lambda: not recorder.sounding("edmd percussion"), "the drums are silent")
        until(lambda: not _is_alive(player), "the player has ended")


def test_a_killed_players_successor_silences_its_notes_and_goes_on_in_phase(
    recorder: Recorder, composers: list[Composer]
) -> None:
    killed = begin(composers, note_length=LONG)
    killed.play(recorder, 1.0)
    until(lambda: len(recorder.sounding("edmd melody")) > 2, "notes sound")
    patchbay = open_patchbay("jack")
    patchbay.poll()
    killed.process.kill()
    killed.process.wait()
    killed.hear()
    began = killed.of(Began)[-1]
    # The killed player may have begun one tick more than it could say.
    left = (*((1, 40 + tick % 40) for tick in range(began.tick + 2)), (10, 36))
    successor = begin(composers, note_length=LONG)
    assert (successor.attached.course, successor.attached.is_playing) == (0, False)
    until(patchbay.restore, "the connections are back")
    patchbay.close()
    successor.take_over(began, left)
    before, ons_before = len(recorder.notes("edmd melody")), _ons(recorder)
    deadline = time.monotonic() + 20
    while _ons(recorder) < 9 + ons_before and time.monotonic() < deadline:
        successor.listen(0.1)
    assert _ons(recorder) >= 9 + ons_before
    successor.quit()
    assert recorder.sounding("edmd melody") == recorder.sounding("edmd percussion") == set()
    assert successor.of(Began)[0].tick > began.tick
    assert [h.message for h in recorder.heard["edmd melody"]].count(b"\xfa") == 1
    ons = [heard for heard in recorder.notes("edmd melody")[before:] if heard.message[0] == 0x90]
    tick_pulses = [began.timeline.pulse_at(heard.seconds) % PULSES_PER_TICK for heard in ons]
    assert sorted(tick_pulses)[len(ons) // 2] < 30  # the median, in pulses of 1 ms


def _ons(recorder: Recorder) -> int:
    return sum(each.message[0] == 0x90 for each in recorder.notes("edmd melody"))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
