"""Fingers on a touch screen, and the screens that the panel is tried on."""

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
    """Bring a control to the middle of the screen."""
    control.evaluate("(each) => each.scrollIntoView({ block: 'center', behavior: 'instant' })")
    return control


def spot(control: Locator, across: float = 0.5, down: float = 0.5) -> Spot:
    """The place in a control at those parts of its width and height, where it is now."""
    box = control.bounding_box()
    assert box is not None
    return Spot(box["x"] + across * box["width"], box["y"] + down * box["height"])


def swipe(page: Page, start: Spot, end: Spot, amid: Callable[[], None] = lambda: None) -> None:
    """Put a finger down at `start`, move it to `end` and take it away; `amid` is called before that."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *places: Spot) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start)
    for step in range(1, _STEPS + 1):
        part = step / _STEPS
        touch("touchMove", Spot(start.x + part * (end.x - start.x), start.y + part * (end.y - start.y)))
        page.wait_for_timeout(_FRAME_MS)
    for _ in range(_REST):  # a finger that leaves in motion lets the page roll on
        touch("touchMove", end)
        page.wait_for_timeout(_FRAME_MS)
    amid()
    touch("touchEnd")
    session.detach()


def scrolled(page: Page) -> float:
    """How far down the page is."""
    return float(page.evaluate("window.scrollY"))
