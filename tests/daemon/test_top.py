"""`edmd top` in a terminal of 80 by 24, driven by keys, beside a real daemon."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import needs

needs.library("textual")

from textual.pilot import Pilot

from daemon.client import Client, NoAnswer
from daemon.parameters import SPECS
from daemon.top import texts
from daemon.top.app import KEYS, Told, Top
from daemon.top.link import Away
from tests.midi.playing import Edmd, playing
from tests.panel.process import free_port

SIZE = (80, 24)
_SECONDS = 40.0


@pytest.fixture(scope="module")
def edmd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edmd]:
    presets = tmp_path_factory.mktemp("presets")
    more = ("-o", f"presets.folder={presets}", "-o", "parameters.director=true")
    with playing(Path("pattern"), *more) as running:
        running.client.request("preset", action="save", name="calm", slot=3)
        yield running


def address(edmd: Edmd) -> str:
    return str(edmd.client.state()["control"])


def screen(top: Top) -> list[str]:
    """Return the lines of the terminal."""
    strips = top.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


async def until(pilot: Pilot[None], is_so: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < end, f"not so: {what}\n" + "\n".join(screen(pilot.app))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        await pilot.pause()


def driven(endpoint: str, drive: Callable[[Top, Pilot[None]], Coroutine[Any, Any, None]]) -> None:
    """Open the view and drive it."""

    async def run() -> None:
        top = Top(endpoint)
        async with top.run_test(size=SIZE) as pilot:
            await drive(top, pilot)

    asyncio.run(run())


def shows(top: Top, text: str) -> bool:
    return any(text in line for line in screen(top))


def test_it_shows_what_plays_and_moves_on(edmd: Edmd) -> None:
    async def drive(top: Top, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: shows(top, "BPM") and shows(top, "to go"), "it shows the state")
        before = screen(top)
        assert len(before) == SIZE[1]
        assert all(len(line) <= SIZE[0] for line in before)
        rows = [line.split()[0] for line in before[3:19]]
        assert rows == ["lead", "chords", "bass", "drums", *texts.PARAMETERS]
        assert before[19].startswith("waits:")
        assert before[20].startswith(("late", "step", "underruns"))
        assert before[23].endswith("Q quit")
        await until(pilot, lambda: screen(top)[0] != before[0], "the bar or the beat moves on")

    driven(address(edmd), drive)


def test_keys_change_what_the_daemon_plays(edmd: Edmd) -> None:
    client = edmd.client

    async def drive(top: Top, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: shows(top, "tempo"), "it shows the state")
        client.set({"tempo": 120.0, "energy": 0.5})
        await until(pilot, lambda: shows(top, " 120 BPM"), "it hears of changes of others")
        await pilot.press("right", "right", "right", "down", "left")
        await until(
            pilot, lambda: client.get("tempo", "energy") == {"tempo": 123.0, "energy": 0.475}, "steps"
        )
        await pilot.press("r")
        await until(pilot, lambda: client.get("energy")["energy"] == 0.5, "the default")
        await pilot.press("l")
        await until(pilot, lambda: client.get("lead.mute")["lead.mute"] is True, "L mutes lead")
        await until(pilot, lambda: shows(top, "muted"), "it says so")
        await pilot.press("up", "up", "m")  # from energy over tempo to the drums
        await until(pilot, lambda: client.get("drums.mute")["drums.mute"] is True, "M mutes the chosen voice")
        await asyncio.sleep(1.1)  # so that it is a gesture of its own
        await pilot.press("m")
        await until(pilot, lambda: client.get("drums.mute")["drums.mute"] is False, "M lets it be heard")
        await pilot.press("u")
        await until(pilot, lambda: client.get("drums.mute")["drums.mute"] is True, "U takes it back")
        await pilot.press("space")
        await until(pilot, lambda: client.state()["transport"]["state"] == "stopped", "space stops")
        await until(pilot, lambda: shows(top, "stopped at bar"), "it says so")
        await pilot.press("space")
        await until(pilot, lambda: client.state()["transport"]["state"] == "playing", "space goes on")
        await pilot.press("3")
        await until(
            pilot, lambda: client.get("lead.mute")["lead.mute"] is False, "3 loads the preset of slot 3"
        )
        await pilot.press("7")
        await until(pilot, lambda: shows(top, "the slot 7 is empty"), "a refusal is shown")

    driven(address(edmd), drive)


def test_the_list_of_keys(edmd: Edmd) -> None:
    async def drive(top: Top, pilot: Pilot[None]) -> None:
        await pilot.press("?")
        await until(pilot, lambda: shows(top, "takes the last change back"), "? shows the list")
        assert all(shows(top, act.words) for act in KEYS.values())
        await pilot.press("q")
        await until(pilot, lambda: not shows(top, "takes the last change back"), "any key closes it")
        await pilot.press("Q")
        assert top._exit

    driven(address(edmd), drive)


def test_it_waits_for_a_daemon_and_for_the_next_one() -> None:
    port = free_port()
    endpoint = f"tcp://127.0.0.1:{port}"

    async def drive(top: Top, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: shows(top, f"no edmd answers at {endpoint}"), "nobody is there")
        for _ in range(2):
            with playing(Path("pattern"), "-o", f"control.bind={endpoint}"):
                await until(pilot, lambda: shows(top, "to go") or shows(top, "BPM"), "it is there")
            await until(pilot, lambda: shows(top, "no edmd answers"), "it has gone")
            await pilot.press("right", "space", "l")  # nothing to change

    driven(endpoint, drive)
    with pytest.raises(NoAnswer), Client(endpoint, 0.2, 1) as client:
        client.ping()


def test_what_is_told_while_it_ends_is_ignored() -> None:
    top = Top("tcp://127.0.0.1:9")
    top.on_told(Told(Away("nobody is there")))
    assert not top.screen_stack


@pytest.mark.parametrize("name", texts.PARAMETERS)
def test_steps_stay_in_the_range_and_reach_its_ends(name: str) -> None:
    spec = SPECS[name]
    for direction, end in ((1, spec.high), (-1, spec.low)):
        value = spec.default
        for _ in range(400):
            value = texts.stepped(name, value, direction)
            assert spec.low <= float(value) <= spec.high
        assert value == pytest.approx(end)
        assert type(value) is type(spec.default)


def test_without_a_terminal_it_says_what_else_tells() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "daemon", "top"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    sentence = "Error: edmd top needs a terminal; `edmd ctl state` tells the same in one line\n"
    assert (told.returncode, told.stderr) == (1, sentence)
