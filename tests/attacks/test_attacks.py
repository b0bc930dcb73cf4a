"""Short attacks: the music goes on, other clients get replies, and SIGTERM during the attack ends the daemon at once.

`python -m tests.benchmarks.attacks` runs long attacks and prints figures.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.siege import Siege, besieged

_SECONDS = 2.0
# There are about 8.5 ticks a second.
_FEWEST_TICKS = 10

pytestmark = [pytest.mark.alone, pytest.mark.skipif("sys.platform == 'win32'")]


@pytest.fixture(autouse=True)
def _no_jack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "edmd-nothing")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")


@pytest.fixture
def siege(tmp_path: Path) -> Iterator[Siege]:
    with besieged(tmp_path / "home") as made:
        yield made


def withstands(siege: Siege, name: str, said: str = "") -> None:
    seen = siege.attacked(name, _SECONDS)
    assert len(seen.ticks) >= _FEWEST_TICKS, seen
    assert seen.longest_gap < 1.5, "the music goes on"
    assert seen.underruns <= 1
    assert seen.pings_ms, "other clients get replies"
    assert max(seen.pings_ms) < 1500
    assert set(said.split()) <= seen.told.get("codes", {}).keys(), seen.told
    siege.ended_amid(name, seen)
    assert (seen.code, seen.end_seconds < 3.0) == (0, True), seen.end_seconds


@pytest.mark.parametrize("name", ["crowd", "crowd@telemetry"])
def test_silent_connections_beyond_what_may_be_open(tmp_path: Path, name: str) -> None:
    with besieged(tmp_path / "home", files=(1024, 1024)) as siege:
        withstands(siege, name)


@pytest.mark.parametrize("name", ["reseed-phrase", "reseed-now", "set-phrase", "panic"])
def test_what_is_asked_for_over_and_over_is_carried_out_as_little(siege: Siege, name: str) -> None:
    withstands(siege, name, "ok")


@pytest.mark.parametrize("name", ["model-load", "prime-notes", "prime-file", "record"])
def test_what_takes_long_waits_in_small_numbers(siege: Siege, name: str) -> None:
    withstands(siege, name, "ok unavailable")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("surrogates", "bad_request"),
        ("deep", "bad_json"),
        ("preset-damaged", "unavailable"),
        ("preset-save", "ok"),
        ("many-frames", ""),
    ],
)
def test_requests_that_are_none_or_large_or_many(siege: Siege, name: str, said: str) -> None:
    withstands(siege, name, said)


def test_an_endless_message_costs_the_gateway_and_not_the_music(siege: Siege) -> None:
    before = siege.watch(1.0)
    seen = siege.attacked("endless", _SECONDS)
    after = siege.watch(_SECONDS)
    assert seen.underruns <= 1
    begun = after.numbers[-1] - before.numbers[-1]
    assert begun > 0.8 * (after.ticks[-1] - before.ticks[-1]) * 128 / 60 * 4, "the music goes on"
    assert len(after.ticks) >= _FEWEST_TICKS, "another gateway is there"
    assert max(after.pings_ms) < 1500
    siege.ended_amid("endless", seen)
    assert (seen.code, seen.end_seconds < 3.0) == (0, True), seen.end_seconds
