"""Every command that README.md shows is run as it stands there, against a real daemon and real files."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.imports import ROOT
from tests.panel.process import free_port

pytestmark = pytest.mark.timeout(300)  # sets of 64 bars are rendered
_COMMAND: Final = re.compile(r"(?:^    |`)(edmd [^`\n]+)", re.MULTILINE)
_ELSEWHERE: Final = {
    "edmd learn tempo": "waits for a knob: tests/midi/test_controllers_on_jack.py",
    "edmd train edm --data ~/midi/house --out ~/models/mine": "takes an hour: tests/training",
    "edmd play --record live.mid": "is the daemon of this test",
}
_NOTICES: Final = ("edmd melody", "edmd percussion", "edmd control")


def commands() -> list[str]:
    """Return the commands of the README, each once."""
    found = (
        match[1].strip() for match in _COMMAND.finditer((ROOT / "README.md").read_text(encoding="utf-8"))
    )
    return [each for each in dict.fromkeys(found) if each not in _NOTICES]


class Home:
    """A home folder with music, and a folder to work in, in which the README's daemon plays."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, folder / "work"
        self.environ = {
            **os.environ,
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "EDMD_CONFIG": str(folder / "config.toml"),
            "JACK_DEFAULT_SERVER": "edmd-nothing",
        }
        self.work.mkdir()
        (folder / "config.toml").write_text(
            f'[control]\nbind = "tcp://127.0.0.1:{free_port()}"\n[telemetry]\nbind = "tcp://127.0.0.1:{free_port()}"\n'
            '[midi]\napi = "jack"\n[play]\nprovider = "cpu"\n',
            encoding="utf-8",
        )

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        words = [word.replace("~", str(self.folder)) for word in shlex.split(command.removeprefix("edmd "))]
        return subprocess.run(
            [sys.executable, "-m", "daemon", *words],
            cwd=self.work,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def compose(self, folder: Path, seeds: range, bars: int) -> None:
        folder.mkdir(parents=True)
        for seed in seeds:
            ran = self.run(f"edmd render --seed {seed} --bars {bars} --out {folder / f'{seed}.mid'}")
            assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("home"))
    made.compose(made.work / "takes", range(1, 5), 32)
    made.compose(made.folder / "midi" / "mine", range(5, 7), 16)
    shutil.copytree(made.work / "takes", made.folder / "midi" / "house")
    command = [sys.executable, "-m", "daemon", "play", "--no-panel", "--record", "live.mid"]
    with subprocess.Popen(
        command, cwd=made.work, env=made.environ, stdout=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline().startswith("edmd plays edm")
        time.sleep(4.0)  # there is a bar to capture
        yield made
        daemon.terminate()
        assert daemon.wait(20) == 0
    assert (made.work / "live.mid").stat().st_size > 500


def test_those_that_are_run_elsewhere_are_in_the_readme() -> None:
    assert _ELSEWHERE.keys() <= {*commands()}
    assert len(commands()) > 20


@pytest.mark.parametrize("command", [each for each in commands() if each not in _ELSEWHERE])
def test_it_works(command: str, home: Home) -> None:
    if command.startswith("edmd export"):
        assert home.run("edmd render --seed 3 --bars 8 --out set.mid --force").returncode == 0
    ran = home.run(command)
    expected = {0, 1} if command == "edmd doctor" else {0}  # it may find something to mend
    assert ran.returncode in expected, ran.stderr
