"""`edmd service`: the files it writes, and what it leaves alone."""

import os
import plistlib
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.service.units import What, is_ours, launchd_plist, systemd_unit
from tests import needs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a system with systemd units")


def service(home: Path, *words: str) -> tuple[int, str]:
    """Call `edmd service` where no systemd answers; return the exit code, and all that it said."""
    environ = {**os.environ, "XDG_CONFIG_HOME": str(home), "XDG_RUNTIME_DIR": str(home / "none")}
    environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
    command = [sys.executable, "-m", "daemon", "service", *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environ)
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stdout + ran.stderr


def unit(home: Path) -> Path:
    return home / "systemd/user/edmd.service"


def keys(text: str) -> dict[str, list[str]]:
    """Return the values of each key of a unit."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_install_and_uninstall_are_idempotent(tmp_path: Path) -> None:
    assert service(tmp_path, "install")[0] == 0
    first = unit(tmp_path).read_text()
    code, said = service(tmp_path, "install")
    assert (code, "as before" in said) == (0, True)
    assert unit(tmp_path).read_text() == first
    assert [each.name for each in unit(tmp_path).parent.iterdir() if each.is_file()] == ["edmd.service"]
    assert service(tmp_path, "uninstall")[0] == 0
    assert not unit(tmp_path).exists()
    assert service(tmp_path, "uninstall")[0] == 0


def test_print_writes_nothing(tmp_path: Path) -> None:
    code, said = service(tmp_path, "install", "--print")
    assert code == 0
    assert "[Service]" in said
    assert [*tmp_path.iterdir()] == []


def test_it_plays_the_configuration_that_was_in_force_at_the_installation(tmp_path: Path) -> None:
    chosen = tmp_path / "my config.toml"
    chosen.write_text("[play]\nseed = 7\n")
    assert f'play --no-open -c "{chosen}"' in service(tmp_path, "install", "-c", str(chosen), "--print")[1]


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    unit(tmp_path).parent.mkdir(parents=True)
    unit(tmp_path).write_text("[Service]\nExecStart=/bin/true\n")
    for words in ("install", "uninstall"):
        code, said = service(tmp_path, words)
        assert (code, "was not written by" in said) == (1, True)
    assert unit(tmp_path).read_text() == "[Service]\nExecStart=/bin/true\n"


def test_status_says_whether_it_is_installed(tmp_path: Path) -> None:
    code, said = service(tmp_path, "status")
    assert (code, "not installed" in said) == (1, True)
    service(tmp_path, "install")
    code, said = service(tmp_path, "status")
    assert (code, str(unit(tmp_path)) in said) == (1, True)


def test_a_service_of_the_system_needs_a_user_that_exists(tmp_path: Path) -> None:
    code, said = service(tmp_path, "install", "--system", "--user", "nobody-here", "--print")
    assert (code, "useradd" in said) == (2, True)
    assert service(tmp_path, "install", "--user", "root", "--print")[0] == 2


def test_a_wrong_configuration_is_told_at_installation(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[play]\nmodle = 1\n")
    code, said = service(tmp_path, "install", "-c", str(wrong))
    assert (code, "play.modle" in said) == (2, True)
    assert not unit(tmp_path).exists()


@pytest.mark.parametrize("user", ["", "root"])
def test_systemd_accepts_the_unit(user: str, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    text = systemd_unit(What([sys.executable, "-m", "daemon", "play", "-c", "/a b/50%.toml"], [folder], user))
    found = keys(text)
    assert found["Type"] == ["notify"]
    assert found["Restart"] == ["always"]
    assert found["ExecStart"][0].endswith('"/a b/50%%.toml"')
    assert ("User" in found, "ProtectSystem" in found) == (bool(user), bool(user))
    assert "RestrictNamespaces" not in found  # workers leave the network by one
    assert "PrivateDevices" not in found
    assert "RestrictRealtime" not in found
    analyze = needs.program("systemd-analyze")
    file = tmp_path / "edmd.service"
    file.write_text(text)
    ran = subprocess.run(
        [analyze, "verify", "--man=no", str(file)], capture_output=True, text=True, check=False
    )
    assert [line for line in ran.stderr.splitlines() if "edmd.service" in line] == []


def test_the_plist_is_one(tmp_path: Path) -> None:
    text = launchd_plist(What(["/usr/bin/edmd", "play", "a & b"]), tmp_path / "edmd.log")
    assert is_ours(text)
    assert plistlib.loads(text.encode())["ProgramArguments"] == ["/usr/bin/edmd", "play", "a & b"]
