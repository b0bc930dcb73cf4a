"""Completion in real shells, at a pseudo-terminal, with names and values of a daemon."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.daemon.handlers import Daemon, serving

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these shells need a pseudo-terminal")
_SECONDS = 30.0
_READY = "the shell is ready"
# What makes the shell complete, without what a user may have configured.
_SHELLS = {
    "bash": (["--norc", "--noprofile", "-i"], 'eval "$(edmd completion bash)"'),
    "zsh": (["-f", "-i"], 'autoload -Uz compinit && compinit -u -D; eval "$(edmd completion zsh)"'),
}


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "late set.toml").write_text("tempo = 120.0\n")
    with serving(tmp_path) as running:
        yield running


def environment(home: Path) -> dict[str, str]:
    """Return variables in which `edmd` is this one, and no daemon's address is configured."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {"PATH": path, "HOME": str(home), "TERM": "vt100", "LANG": "C.UTF-8", "ZDOTDIR": str(home)}


def soon(ask: Callable[[], object], wanted: object) -> None:
    """Ask until the answer is `wanted`: on a busy machine the daemon may answer too late for a completion."""
    end = time.monotonic() + _SECONDS
    while (answer := ask()) != wanted:
        assert time.monotonic() < end, answer


class Terminal:
    """A shell at a pseudo-terminal."""

    def __init__(self, shell: str, home: Path) -> None:
        import pty

        words, script = _SHELLS[shell]
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [needs.program(shell), *words],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=home, env=environment(home), start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.type(f"PS1=; {script}; echo 'the shell'' is ready'\n")
        self.until(_READY)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def until(self, wanted: str) -> str:
        """Return what the shell writes, up to `wanted`."""
        told, end = "", time.monotonic() + _SECONDS
        while wanted not in told:
            assert select.select([self._ours], [], [], end - time.monotonic())[0], (
                f"no {wanted!r} in {told!r}"
            )
            told += os.read(self._ours, 4096).decode(errors="replace")
        return told

    def completed(self, line: str) -> str:
        """Type a line and a tab; return the words that the shell then has, each in <>."""
        # Ctrl-A goes to the beginning of the line: so it is not `edmd` that gets the words.
        self.type(f"{line}\t\x01printf '<%s>' begin \x05 end\n")
        told = self.until("<end>")
        return told[told.rindex("<begin>") + len("<begin>") : told.rindex("<end>")]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture(params=_SHELLS)
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    running = Terminal(request.param, tmp_path)
    yield running
    running.close()


def test_commands_options_and_values_of_the_tables(terminal: Terminal) -> None:
    assert terminal.completed("edmd rend") == "<edmd><render>"
    assert terminal.completed("edmd ctl set tempo=90 --ov") == "<edmd><ctl><set><tempo=90><--over>"
    assert terminal.completed("edmd ctl set tempo=90 --at ph") == "<edmd><ctl><set><tempo=90><--at><phrase>"
    assert terminal.completed("edmd ctl watch he") == "<edmd><ctl><watch><health>"
    assert terminal.completed("edmd ctl set tem") == "<edmd><ctl><set><tempo=>"
    assert (
        terminal.completed("edmd ctl set swing=0.1 lead.mute=t")
        == "<edmd><ctl><set><swing=0.1><lead.mute=true>"
    )
    assert terminal.completed("edmd ctl set scale=A\\ dor") == "<edmd><ctl><set><scale=A dorian>"
    assert terminal.completed('edmd ctl set scale="A dor') == "<edmd><ctl><set><scale=A dorian>"
    assert terminal.completed("edmd play -o panel.ho") == "<edmd><play><-o><panel.host=>"


def test_names_and_values_of_a_running_daemon(terminal: Terminal, daemon: Daemon) -> None:
    ctl = f"edmd ctl --endpoint {daemon.control}"
    words = f"<edmd><ctl><--endpoint><{daemon.control}>"
    soon(lambda: terminal.completed(f"{ctl} preset load la"), f"{words}<preset><load><late set>")
    soon(lambda: terminal.completed(f"{ctl} model load p"), f"{words}<model><load><pop>")
    soon(lambda: terminal.completed(f"{ctl} morph la"), f"{words}<morph><late set>")


def test_fish(daemon: Daemon, tmp_path: Path) -> None:
    def offered(line: str) -> list[str]:
        script = f"edmd completion fish | source; complete -C '{line}'"
        told = subprocess.run(
            [needs.program("fish"), "--no-config", "-c", script],
            env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return [row.partition("\t")[0] for row in told.stdout.splitlines()]

    assert offered("edmd rend") == ["render"]
    assert offered("edmd ctl set tem") == ["tempo="]
    assert sorted(offered("edmd ctl set lead.mute=")) == ["lead.mute=false", "lead.mute=true"]
    soon(lambda: offered(f"edmd ctl --endpoint {daemon.control} preset load "), ["late set"])


def asked(line: str, home: Path) -> list[str]:
    """Return what edmd answers bash."""
    more = {"COMP_LINE": line, "COMP_WORDBREAKS": " =:", "_EDMD_COMPLETE": "bash_complete"}
    told = subprocess.run(
        ["edmd"], env={**environment(home), **more}, capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stderr == ""
    return [row.removeprefix("plain,") for row in told.stdout.splitlines()]


def test_numbers_have_the_value_of_now_the_default_and_the_limits(daemon: Daemon, tmp_path: Path) -> None:
    daemon.handlers.automation = daemon.handlers.automation.scheduled({"tempo": 97.5}, 0)
    line = f"edmd ctl --endpoint {daemon.control} set tempo="
    soon(lambda: asked(line, tmp_path), ["97.5", "128", "20", "300"])


@pytest.mark.parametrize("line", ["edmd ctl --endpoint nonsense set tempo=", "edmd ctl set tempo="])
def test_without_a_daemon_it_is_quick_and_silent(line: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('control.bind = "tcp://127.0.0.1:9"')
    begin = time.monotonic()
    assert asked("edmd ctl set tem", tmp_path) == ["tempo="]
    alone = time.monotonic() - begin
    begin = time.monotonic()
    assert asked(line, tmp_path) == ["128", "20", "300"]
    assert time.monotonic() - begin < alone + 1.0


def test_a_script_for_an_unknown_shell_is_refused(tmp_path: Path) -> None:
    told = subprocess.run(
        ["edmd", "completion", "bahs"], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    assert told.stderr.endswith('"bahs" is not one of bash, zsh, fish; did you mean bash?\n')
