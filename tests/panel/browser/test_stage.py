"""Hear, see and touch: the live page as a performer uses it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from daemon.parameters import SPECS
from tests.panel.browser.conftest import Stage, is_so, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]
# A promise of the moment, in ms since the epoch, at which the dial of energy shows another value.
WATCH_ENERGY = """() => {
  const output = document.querySelector('[data-name="energy"] output');
  globalThis.seen = new Promise((done) => {
    new MutationObserver(() => done(performance.timeOrigin + performance.now())).observe(output, { childList: true });
  });
}"""
VOICES = ("lead", "chords", "bass", "drums")


def test_every_voice_is_heard_after_one_press(visit: Visit) -> None:
    page = visit()
    assert page.evaluate("edmd.ears.isOpen") is False
    page.click("#listen")
    loud = dict.fromkeys(VOICES, 0.0)

    def all_heard() -> bool:
        for voice in VOICES:
            loud[voice] = max(
                loud[voice], page.evaluate(f"edmd.ears.desk ? edmd.ears.desk.peak('{voice}') : 0")
            )
        return min(loud.values()) > 0.02

    until(all_heard, f"every voice has signal: {loud}", 40)


def test_notes_are_scheduled_by_beat_time(visit: Visit, client: Client) -> None:
    """p95 within 5 ms of a straight line through beat time, though messages come with a jitter of their own."""
    page = visit()
    page.click("#listen")
    time.sleep(3)
    page.evaluate("edmd.stats.scheduled.length = 0")
    time.sleep(12)
    tempo = float(client.get("tempo")["tempo"])
    rows = page.evaluate("edmd.stats.scheduled")
    assert len(rows) > 60
    offsets = sorted(row["at"] - row["beat"] * 60 / tempo for row in rows)
    middle = offsets[len(offsets) // 2]
    errors = sorted(abs(offset - middle) for offset in offsets)
    assert errors[int(len(errors) * 0.95)] < 0.005
    assert page.evaluate("edmd.stats.dropped") == 0


def test_a_level_is_this_browsers_alone(visit: Visit, client: Client) -> None:
    page = visit()
    page.click("#listen")
    before = client.get()
    page.locator('[data-level="drums"]').fill("0")
    until(
        lambda: page.evaluate("edmd.ears.desk.buses.drums.fader.gain.value") < 0.01, "the drums are down here"
    )
    assert client.get() == before


def test_every_parameter_is_set_and_read_back(visit: Visit, client: Client) -> None:
    page = visit()
    wanted: dict[str, Any] = {}
    for name, spec in SPECS.items():
        if name.endswith(".mute"):
            page.click(f'[data-voice="{name.partition(".")[0]}"] .mute')
            wanted[name] = True
            continue
        control = page.locator(f'[data-name="{name}"] .control > *').first
        if spec.kind == "bool":
            control.click()
            wanted[name] = not spec.default if name != "director" else True
        elif spec.kind == "choice":
            wanted[name] = spec.choices[-1]
            control.select_option(spec.choices[-1])
        else:
            value = spec.low + (spec.high - spec.low) / 4
            value = round(value) if spec.kind == "int" else round(value / 0.05) * 0.05
            control.fill(f"{value:g}")
            wanted[name] = pytest.approx(value, abs=0.026)
    assert wanted.keys() == SPECS.keys()
    until(lambda: client.get() == wanted, "the daemon has it all")


def test_a_parameter_goes_back_to_its_default(visit: Visit, client: Client) -> None:
    client.set({"swing": 0.5})
    page = visit()
    page.locator('[data-name="swing"] .reset').click()
    until(lambda: client.get("swing")["swing"] == SPECS["swing"].default, "swing is back")


def test_what_others_change_is_seen_at_once(visit: Visit, client: Client) -> None:
    page = visit()
    is_so(page, "edmd.store.params.energy === 0.8")
    page.evaluate(WATCH_ENERGY)
    began = time.time()
    client.set({"energy": 0.35})
    assert page.evaluate("globalThis.seen") / 1000 - began < 0.3


def test_two_windows_show_the_same(visit: Visit, client: Client) -> None:
    one, other = visit(), visit()
    one.locator('[data-name="density"] input').fill("0.9")
    is_so(other, "document.querySelector('[data-name=\"density\"] input').value === '0.9'")
    one.click('[data-voice="bass"] .solo')
    other.wait_for_selector('[data-voice="bass"] .solo[aria-pressed="true"]')
    assert {name for name, value in client.get().items() if name.endswith(".mute") and value} == {
        "lead.mute",
        "chords.mute",
        "drums.mute",
    }
    other.click('[data-voice="bass"] .solo')
    one.wait_for_selector('[data-voice="drums"] .mute[aria-pressed="false"]')


def test_a_reload_shows_what_is_the_case(visit: Visit, client: Client) -> None:
    page = visit()
    client.set({"tempo": 141.0})
    page.reload()
    is_so(page, "document.querySelector('[data-name=\"tempo\"] input').value === '141'")
    page.locator('[data-name="tempo"] input').fill("133")
    until(lambda: client.get("tempo")["tempo"] == 133.0, "the page can still change things")


def test_a_change_can_wait_for_the_bar_and_glide(visit: Visit, client: Client) -> None:
    page = visit()
    page.click("#when-at >> text=phrase")
    page.click("#when-over >> text=16")
    page.locator('[data-name="gate"] input').fill("0.3")
    page.wait_for_selector('[data-name="gate"].pending')
    pending = until(lambda: client.state()["pending"].get("gate"), "the daemon knows of it")
    assert pending["from_beat"] % 32 == 0
    assert pending["until_beat"] - pending["from_beat"] == 16


def test_a_new_seed_is_drawn(visit: Visit, client: Client) -> None:
    page = visit()
    before = client.state()["seed"]
    page.click("#reseed")
    page.wait_for_selector(".toast:has-text('Seed')")
    until(lambda: client.state()["seed"] != before, "the models begin anew at the bar")


def test_a_pad_moves_two_at_once(visit: Visit, client: Client) -> None:
    page = visit()
    box = page.locator(".pad").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.1, steps=5)
    page.mouse.up()
    until(lambda: client.get("energy", "density") == {"energy": 0.25, "density": 0.9}, "both have moved")


def test_presets_are_kept_and_taken_up(visit: Visit, client: Client, stage: Stage) -> None:
    page = visit()
    client.set({"humanize": 0.75})
    is_so(page, "edmd.store.params.humanize === 0.75")
    page.fill(".preset-new input", "late night")
    page.click(".preset-new button")
    page.wait_for_selector(".load:has-text('late night')")
    assert "humanize = 0.75" in (stage.folder / "presets" / "late night.toml").read_text(encoding="utf-8")
    client.set({"humanize": 0.0})
    page.click(".load:has-text('late night')")
    until(lambda: client.get("humanize")["humanize"] == 0.75, "it is back")
    page.click("[aria-label='Delete preset late night']")
    until(lambda: "late night" not in client.preset("list")["presets"], "it is gone")


def test_the_transport_and_panic_are_in_reach(visit: Visit, client: Client, stage: Stage) -> None:
    page = visit()
    page.click("#toggle")
    until(lambda: client.state()["transport"]["state"] == "stopped", "it stops")
    is_so(page, "document.body.dataset.state === 'stopped'")
    page.keyboard.press("Escape")
    page.click("#play")
    until(lambda: client.state()["transport"]["state"] == "playing", "it plays")
    sounding: set[tuple[str, int]] = set()
    news = client.watch(["note"], stage.telemetry, timeout_seconds=10)
    pressed = 0.0
    for count, (_, note) in enumerate(news):
        act = sounding.add if note["type"] == "on" else sounding.discard
        act((note["voice"], note["pitch"]))
        if count == 40:
            page.keyboard.press("Escape")
            pressed = time.monotonic()
        if pressed and not sounding:
            break
        assert not pressed or time.monotonic() - pressed < 3
    page.set_viewport_size({"width": 360, "height": 640})
    for place in (0, 900, 3000):
        page.evaluate(f"window.scrollTo(0, {place})")
        assert page.locator("#panic").bounding_box()["y"] < 640 - 44  # type: ignore[index]
