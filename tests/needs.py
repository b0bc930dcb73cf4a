"""What a test needs that a machine may lack: libraries and programs.

Where one is missing, the test skips and says how to get it.

`EDMD_REQUIRE_MIDI`, `_AUDIO` and `_BROWSER` promise that everything which this kind of test needs is installed. Where one
is set, such a test fails instead of skipping.
"""

import importlib
import os
import shutil
from types import ModuleType
from typing import Final, NamedTuple, NoReturn

import pytest

MACHINE: Final = "this machine "
"""How the reason of a skip begins that no installation would mend: too busy, or something is not allowed."""
_PIP: Final = "run `make test`, which installs it, or pip install -e '.[{}]'"


class Need(NamedTuple):
    """How to get something, and the kind of test that needs it; "" for any."""

    get: str
    kind: str = ""


LIBRARIES: Final[dict[str, Need]] = {
    "rtmidi": Need("apt install libasound2", "midi"),
    "jack": Need("apt install libjack-jackd2-0 (and pip install JACK-Client)", "midi"),
    "fluidsynth": Need("apt install libfluidsynth3 (and pip install pyfluidsynth)", "audio"),
    "soundfile": Need(_PIP.format("audio"), "audio"),
    "libsonare": Need("pip install libsonare, which has packages for Linux and for Apple silicon", "audio"),
    "pythonosc": Need(_PIP.format("osc")),
    "zeroconf": Need(_PIP.format("osc")),
    "jsonschema": Need(_PIP.format("dev")),
    "flask": Need(_PIP.format("panel")),
    "cryptography": Need(_PIP.format("tls")),
    "textual": Need(_PIP.format("top")),
    "playwright.sync_api": Need(_PIP.format("dev"), "browser"),
    "axe_playwright_python.sync_playwright": Need(_PIP.format("dev"), "browser"),
    "verovio": Need(_PIP.format("score")),
    "typst": Need(_PIP.format("score")),
    "link": Need(_PIP.format("link")),
    "aalink": Need(_PIP.format("dev")),
    "material": Need(_PIP.format("dev")),
    "isobar": Need("run `make bench`, which installs it, or pip install -e '.[bench]'"),
    "fcntl": Need("a system with POSIX files, not Windows"),
    "resource": Need("a system with POSIX limits, not Windows"),
}
PROGRAMS: Final[dict[str, Need]] = {
    "jackd": Need("apt install jackd2", "midi"),
    "jack_midi_clock": Need("apt install jack-midi-clock", "midi"),
    "jack_mclk_dump": Need("apt install jack-midi-clock", "midi"),
    "systemd-analyze": Need("a Linux system with systemd"),
    "unshare": Need("a Linux system with util-linux"),
    "nsenter": Need("a Linux system with util-linux"),
    "fsfreeze": Need("a Linux system with util-linux"),
    "mkfs.ext4": Need("apt install e2fsprogs"),
    "ip": Need("apt install iproute2"),
    "chromium": Need("apt install chromium", "browser"),
    **{shell: Need(f"apt install {shell}") for shell in ("bash", "zsh", "fish")},
    "node": Need("apt install nodejs npm; `make test` then fetches the package zeromq"),
}
# Other names under which a program is installed.
_ALSO: Final = {"chromium": ("chromium-browser", "google-chrome")}


def library(name: str) -> ModuleType:
    """Import a library, or skip: the whole module where this is called while it is imported."""
    try:
        return importlib.import_module(name)
    # A binding whose library is absent raises OSError, ImportError or AttributeError, as it likes.
    except (ImportError, OSError, AttributeError) as error:
        lacks(f"the library {name}", LIBRARIES[name], str(error))


def program(name: str) -> str:
    """Return the path of a program, or skip."""
    found = next(filter(None, map(shutil.which, (name, *_ALSO.get(name, ())))), None)
    return found or lacks(f"the program {name}", PROGRAMS[name])


def promised(kind: str) -> str:
    """Return the variable that promises what tests of this kind need, if it is set."""
    name = f"EDMD_REQUIRE_{kind.upper()}"
    return name if kind and os.environ.get(name, "") not in ("", "0") else ""


def lacks(what: str, need: Need, why: str = "") -> NoReturn:
    """Skip for want of something; where it was promised, fail."""
    told = f"{what} is missing{f' ({why})' if why else ''}: {need.get}"
    if variable := promised(need.kind):
        raise RuntimeError(f"{variable} is set, and {told}")
    pytest.skip(told, allow_module_level=True)
