"""The panel's page opens in a browser, where there is one, and only once."""

import sys

import pytest

from daemon.commands.browser import is_wanted


@pytest.mark.parametrize(
    ("asked", "environ", "platform", "wanted"),
    [
        (None, {"DISPLAY": ":0"}, "linux", True),
        (None, {"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        (None, {}, "linux", False),
        (None, {"DISPLAY": ":10", "SSH_CONNECTION": "1 2 3 4"}, "linux", False),
        (None, {}, "darwin", True),
        (None, {}, "win32", True),
        (False, {"DISPLAY": ":0"}, "linux", False),
        (True, {}, "linux", True),
    ],
)
def test_who_sits_at_a_desktop_sees_the_page(
    asked: bool | None, environ: dict[str, str], platform: str, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert is_wanted(asked, environ, platform) is wanted


def test_without_a_terminal_no_page_opens_unasked() -> None:
    assert not sys.stdout.isatty()
    assert not is_wanted(None, {"DISPLAY": ":0"}, "linux")
