"""The live page: seeing and controlling, as a performer does."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from daemon.parameters import SPECS
from tests.panel.browser.conftest import Stage, is_so, shows, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]
# Resolves to the time, in ms since the epoch, at which the dial of energy shows another value.
WATCH_ENERGY = """() => {
  const output = document.querySelector('#page-mix [data-name="energy"] output');
  globalThis.seen = new Promise((done) => {
    new MutationObserver(() => done(performance.timeOrigin + performance.now())).observe(output, { childList: true });
  });
}"""


def test_every_parameter_is_set_and_read_back(visit: Visit, client: Client) -> None:
    page = visit()
    wanted: dict[str, Any] = {}
    for name, spec in SPECS.items():
        if name.endswith(".mute"):
            page.click(f'.strip[data-voice="{name.partition(".")[0]}"] .mute')
            wanted[name] = True
            continue
        control = page.locator(f'#page-mix [data-name="{name}"] .control > *').first
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
    page.locator('#page-mix [data-name="swing"] .reset').click()
    until(lambda: client.get("swing")["swing"] == SPECS["swing"].default, "swing is back")


def test_what_others_change_is_seen_at_once(visit: Visit, client: Client) -> None:
    page = visit()
    is_so(page, "edmd.store.params.energy === 0.8")
    page.evaluate(WATCH_ENERGY)
    began = time.time()
    client.set({"energy": 0.35})
    assert page.evaluate("globalThis.seen") / 1000 - began < 0.3


def test_a_reload_shows_what_is_the_case(visit: Visit, client: Client) -> None:
    page = visit()
    client.set({"tempo": 141.0})
    page.reload()
    shows(page, '#page-mix [data-name="tempo"] input', "141")
    page.locator('#page-mix [data-name="tempo"] input').fill("133")
    until(lambda: client.get("tempo")["tempo"] == 133.0, "the page can still change things")


def test_a_change_can_wait_for_the_bar_and_glide(visit: Visit, client: Client) -> None:
    page = visit()
    page.click("#when-at >> text=phrase")
    page.click("#when-over >> text=16")
    page.locator('#page-mix [data-name="gate"] input').fill("0.3")
    page.wait_for_selector('#page-mix [data-name="gate"].pending')
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
    page.locator(".pads .pad").first.scroll_into_view_if_needed()
    box = page.locator(".pads .pad").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.1, steps=5)
    page.mouse.up()
    until(lambda: client.get("energy", "density") == {"energy": 0.25, "density": 0.9}, "both have moved")


def test_scenes_morphs_and_acts_of_the_stage(visit: Visit, client: Client, stage: Stage) -> None:
    page = visit("#stage")
    client.set({"humanize": 0.0})
    client.preset("save", "a")
    client.set({"humanize": 1.0})
    client.preset("save", "b")
    page.fill("#scene-name", "opening")
    page.keyboard.press("Enter")
    page.wait_for_selector("#scenes .load:has-text('opening')")
    client.set({"humanize": 0.5})
    page.click("#next-scene")
    until(lambda: client.get("humanize")["humanize"] == 1.0, "the scene is there")
    page.wait_for_selector("#scenes [aria-current=true]")
    page.click("nav [data-page=perform]")
    page.select_option("#morph-from", "a")
    page.select_option("#morph-to", "b")
    page.focus("#morph")
    page.keyboard.press("ArrowRight")
    until(lambda: client.get("humanize")["humanize"] == 0.01, "the fader is near the first")
    client.set({"director": True})
    until(lambda: client.get("director")["director"], "sections follow one another")
    page.click("#next-section")
    page.wait_for_selector(".toasts :has-text('bar')")
    page.click("nav [data-page=stage]")
    page.click("#capture")
    page.wait_for_selector("#captures a")
    link = page.locator("#captures a")
    name = str(link.get_attribute("download"))
    assert (link.get_attribute("draggable"), name[:8], name[-4:]) == ("true", "capture-", ".mid")
    with page.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes()[:4] == b"MThd"
    dragged = page.evaluate(
        """() => { const data = new DataTransfer(); document.querySelector("#captures a")
        .dispatchEvent(new DragEvent("dragstart", { dataTransfer: data, bubbles: true }));
        return data.getData("DownloadURL"); }"""
    )
    assert dragged == f"audio/midi:{name}:{page.url.split('#')[0]}api/captures/{name}"
    page.click("#fade")
    until(lambda: client.state()["transport"]["state"] == "stopped", "it has faded out")
    page.click("#play")
    until(lambda: client.state()["transport"]["state"] == "playing", "it plays again")


def test_presets_are_kept_and_taken_up(visit: Visit, client: Client, stage: Stage) -> None:
    page = visit("#stage")
    client.set({"humanize": 0.75})
    is_so(page, "edmd.store.params.humanize === 0.75")
    page.fill(".preset-new input", "late night")
    page.click(".preset-new button")
    page.wait_for_selector(".load:has-text('late night')")
    kept = stage.folder / "presets" / "late night.toml"
    assert "humanize = 0.75" in kept.read_text(encoding="utf-8")
    client.set({"humanize": 0.0})
    page.click(".load:has-text('late night')")
    until(lambda: client.get("humanize")["humanize"] == 0.75, "it is back")
    client.set({"humanize": 0.5})
    is_so(page, "edmd.store.params.humanize === 0.5")
    page.fill(".preset-new input", "late night")
    page.keyboard.press("Enter")
    page.wait_for_selector(".preset-new button:has-text('Replace?')")
    assert "humanize = 0.75" in kept.read_text(encoding="utf-8")
    page.keyboard.press("Enter")
    until(lambda: "humanize = 0.5" in kept.read_text(encoding="utf-8"), "it is another one")
    page.click("[aria-label^='Delete preset late night']")
    page.wait_for_selector(".drop:has-text('Delete?')")
    assert "late night" in client.preset("list")["presets"]
    page.click("[aria-label^='Delete preset late night']")
    until(lambda: "late night" not in client.preset("list")["presets"], "it is gone")


def test_the_transport_and_panic_are_in_reach(visit: Visit, client: Client) -> None:
    page = visit()
    page.click("#toggle")
    until(lambda: client.state()["transport"]["state"] == "stopped", "it stops")
    is_so(page, "document.body.dataset.state === 'stopped'")
    page.click("#play")
    until(lambda: client.state()["transport"]["state"] == "playing", "it plays")
    page.set_viewport_size({"width": 360, "height": 640})
    for place in (0, 900, 3000):
        page.evaluate(f"window.scrollTo(0, {place})")
        assert page.locator("#panic").bounding_box()["y"] < 640 - 44  # type: ignore[index]
