"""The panel's password: its sources, and that it is never shown."""

import json
import os
import pickle
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from daemon.cli import cli
from daemon.config import Config, ConfigError, load_config
from daemon.panel.guard.password import PasswordCheck
from tests.panel.process import free_port

SECRET = "hunter2-hunter2"
OPEN = "panel.host=0.0.0.0"


def load(folder: Path, text: str = "", *overrides: str, **environ: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return load_config(path, overrides, environ, folder)


def errors(folder: Path, text: str = "", *overrides: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, *overrides, **environ)
    return str(caught.value)


def kept(folder: Path, content: bytes = SECRET.encode(), mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_it_comes_from_the_configuration_a_file_or_the_environment(tmp_path: Path) -> None:
    kept(tmp_path, b"from the file\r\n")
    configured, filed = 'panel.password = "from the key"', 'panel.password_file = "password"'
    assert load(tmp_path, configured).panel.password == "from the key"
    assert load(tmp_path, filed).panel.password == "from the file"
    assert load(tmp_path, "", "panel.password_file=password").panel.password == "from the file"
    for text in ("", configured, filed):
        assert load(tmp_path, text, EDMD_PANEL_PASSWORD="from outside").panel.password == "from outside"
    assert load(tmp_path, EDMD_PANEL_PASSWORD="").panel.password == ""
    assert "panel.password and panel.password_file are both set" in errors(tmp_path, f"{configured}\n{filed}")


@pytest.mark.parametrize(
    "override",
    [
        f"panel.password={SECRET}",
        f"panel.password ={SECRET}",
        f'panel.password="{SECRET}"',
        f"panel.pasword={SECRET}",
        f"panel.passwrd={SECRET}",
        f"PANEL.PASSWORD={SECRET}",
        f"password={SECRET}",
    ],
)
def test_the_command_line_takes_none_and_shows_none(override: str, tmp_path: Path) -> None:
    told = errors(tmp_path, "", override)
    assert SECRET not in told
    if override.startswith("panel.password"):
        assert "EDMD_PANEL_PASSWORD" in told
        assert "panel.password_file" in told


def test_a_wrong_one_in_a_file_is_not_shown(tmp_path: Path) -> None:
    assert "12345678" not in errors(tmp_path, "panel.password = 12345678")
    assert SECRET not in errors(tmp_path, f'panel.pasword = "{SECRET}"')


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (b"one\ntwo\n", "it has several lines"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"x" * 5000, "it is larger than 1024 bytes"),
        (None, "does not exist"),
    ],
)
def test_a_file_without_a_password_is_told(content: bytes | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    message = errors(tmp_path, 'panel.password_file = "password"')
    assert (
        message
        == f"{tmp_path / 'config.toml'}: panel.password_file = {path}: {message.rpartition(f'{path}: ')[2]}"
    )
    assert told in message


def test_what_others_can_read_is_warned_of(tmp_path: Path) -> None:
    path = kept(tmp_path, mode=0o644)
    text = 'panel.password_file = "password"'
    assert load(tmp_path, text).warnings == (f"{path} can be read by others; chmod 600 {path}",)
    path.chmod(0o600)
    assert load(tmp_path, text).warnings == ()
    config = tmp_path / "config.toml"
    config.write_text(f'panel.password = "{SECRET}"', encoding="utf-8")
    config.chmod(0o644)
    (warning,) = load_config(config, (), {}, tmp_path).warnings
    assert warning == f"{config} holds panel.password and can be read by others; chmod 600 {config}"


@pytest.mark.parametrize("short", ["x", "1234567"])
def test_a_short_one_opens_nothing_beyond_this_machine(short: str, tmp_path: Path) -> None:
    text = f'panel.password = "{short}"'
    assert load(tmp_path, text).panel.password == short
    told = errors(tmp_path, text, OPEN)
    assert told == (
        "the command line: panel.host = 0.0.0.0 is not this machine alone: "
        "its panel.password needs at least 8 characters"
    )
    assert load(tmp_path, "", OPEN, EDMD_PANEL_PASSWORD="12345678").panel.password == "12345678"
    assert "it needs a panel.password" in errors(tmp_path, "", OPEN)


def test_the_environment_may_hold_any_bytes(tmp_path: Path) -> None:
    assert "EDMD_PANEL_PASSWORD: it is not UTF-8" in errors(tmp_path, EDMD_PANEL_PASSWORD="\udcff" * 9)


def shown(*words: str, **environ: str) -> Result:
    return CliRunner(env=environ).invoke(cli, list(words))


def test_no_command_and_no_value_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'panel.password = "{SECRET}"', encoding="utf-8")
    for words in (["config", "-c", str(path)], ["config", "-c", str(path), "--json"]):
        done = shown(*words)
        assert done.exit_code == 0
        assert SECRET not in done.output
        assert "***" in done.output
    outside = shown("config", "-c", os.devnull, "--json", EDMD_PANEL_PASSWORD=SECRET)
    told = json.loads(outside.output)["settings"]["panel.password"]
    assert told == {"value": "***", "origin": "EDMD_PANEL_PASSWORD"}
    config = load_config(path, (), {}, tmp_path)
    assert SECRET not in repr(config)
    assert pickle.loads(pickle.dumps(config)).panel.password == SECRET


def test_a_daemon_and_its_panel_show_it_to_nobody(tmp_path: Path) -> None:
    """It is neither in the command lines of the processes nor in their output, but the panel asks for it."""
    port, control, telemetry = free_port(), free_port(), free_port()
    pairs = {
        "panel.port": port, "control.bind": f"tcp://127.0.0.1:{control}",
        "telemetry.bind": f"tcp://127.0.0.1:{telemetry}", "recording.folder": tmp_path, "midi.api": "jack",
    }  # fmt: skip
    words = [word for key, value in pairs.items() for word in ("-o", f"{key}={value}")]
    env = {**os.environ, "EDMD_PANEL_PASSWORD": SECRET, "XDG_STATE_HOME": str(tmp_path / "state")}
    env["JACK_DEFAULT_SERVER"] = "edmd-nothing"
    command = [sys.executable, "-m", "daemon", "play", "-v", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    ) as process:
        try:
            asks = wait_for(f"http://127.0.0.1:{port}/api/state")
            known = {"Authorization": f"Basic {b64encode(f'x:{SECRET}'.encode()).decode()}"}
            request = urllib.request.Request(f"http://127.0.0.1:{port}/api/state", headers=known)
            state = urllib.request.urlopen(request, timeout=10).read().decode()
            parent = psutil.Process(process.pid)
            argv = [" ".join(each.cmdline()) for each in (parent, *parent.children(recursive=True))]
        finally:
            process.terminate()
            said = process.communicate(timeout=20)[0]
    assert asks == 401
    assert any(re.search(r"daemon panel\b", line) for line in argv)
    assert not [line for line in (*argv, state, said) if SECRET in line]


def wait_for(url: str) -> int:
    """Return the HTTP status of an address as soon as it answers."""
    deadline = time.monotonic() + 40
    while True:
        try:
            return int(urllib.request.urlopen(url, timeout=5).status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_hash_stands_in_place_of_the_password(tmp_path: Path) -> None:
    """It is made by a command that asks, and opens nothing by itself."""
    asked = CliRunner().invoke(cli, ["keys", "password"], input=f"{SECRET}\n{SECRET}\n")
    line = asked.stdout.strip().splitlines()[-1]
    assert SECRET not in asked.stdout
    hashed = load(tmp_path, f"[panel]\n{line}", OPEN).panel.password
    check = PasswordCheck(hashed)
    assert [check.fits(guess, None) for guess in (SECRET, SECRET, hashed, SECRET + "x")] == [
        True,
        True,
        False,
        False,
    ]
    again = CliRunner().invoke(cli, ["keys", "password"], input=f"{SECRET}\n{SECRET}\n")
    assert line not in again.stdout, "each has a salt of its own"
    short = CliRunner().invoke(cli, ["keys", "password"], input="short\nshort\n")
    assert (short.exit_code, "needs at least 8 characters" in short.stderr) == (2, True)
