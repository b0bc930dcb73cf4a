"""Fingers on a touch screen, and the screens that the panel is tested on."""

from collections.abc import Callable
from typing import Final, NamedTuple

from playwright.sync_api import Locator, Page

SIZES: Final = ((1440, 900), (1024, 768), (360, 740))
_STEPS: Final = 12
_REST: Final = 8
_FRAME_MS: Final = 16


class Spot(NamedTuple):
    """A place on the screen, in pixels."""

    x: float
    y: float


def centre(control: Locator) -> Locator:
    """Scroll a control to the middle of the screen."""
    control.evaluate("(each) => each.scrollIntoView({ block: 'center', behavior: 'instant' })")
    return control


def spot(control: Locator, across: float = 0.5, down: float = 0.5) -> Spot:
    """Return the current place of a point in a control, given as fractions of its width and height."""
    box = control.bounding_box()
    assert box is not None
    return Spot(box["x"] + across * box["width"], box["y"] + down * box["height"])


def swipe(page: Page, start: Spot, end: Spot, amid: Callable[[], None] = lambda: None) -> None:
    """Put a finger down at `start`, move it to `end` and lift it; `amid` is called before it is lifted."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *places: Spot) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start)
    for step in range(1, _STEPS + 1):
        part = step / _STEPS
        touch("touchMove", Spot(start.x + part * (end.x - start.x), start.y + part * (end.y - start.y)))
        page.wait_for_timeout(_FRAME_MS)
    for _ in range(_REST):  # a finger that is lifted in motion lets the page scroll on
        touch("touchMove", end)
        page.wait_for_timeout(_FRAME_MS)
    amid()
    touch("touchEnd")
    session.detach()


def scrolled(page: Page) -> float:
    """Return how far the page is scrolled."""
    return float(page.evaluate("window.scrollY"))
