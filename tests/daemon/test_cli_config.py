"""`edmd`, `edmd config` and `edmd doctor` as a user calls them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli import COMMANDS, cli
from daemon.config import packaged_config


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def call(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "daemon", *words],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        check=False,
    )


def test_help_tells_every_command_and_imports_none() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from daemon.cli import cli;"
        "result = CliRunner().invoke(cli, ['--help']);"
        "sys.stdout.write(result.output);"
        "print([name for name in ('zmq', 'rich', 'numpy', 'onnxruntime', 'music21') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert all(command in done.stdout for command in COMMANDS)
    assert done.stdout.endswith("[]\n")


def test_the_client_needs_no_model_and_no_driver() -> None:
    script = (
        "import sys, daemon.commands.ctl;"
        "print([n for n in ('onnxruntime', 'music21', 'numpy', 'rtmidi', 'torch') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_the_module_is_the_program() -> None:
    done = call("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: edmd [OPTIONS] COMMAND")
    assert call("--version").stdout.startswith("edmd ")


@pytest.mark.parametrize("words", [["fly"], ["config", "--fly"], ["config", "-o", "tempo"]])
def test_wrong_words_exit_2_without_a_traceback(words: list[str]) -> None:
    done = call(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_config_shows_values_and_where_they_came_from(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("parameters.tempo = 99")
    shown = run("config", "-c", str(path), "-o", "play.seed=7")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in shown.output.splitlines()}
    assert lines["parameters.tempo"].split(maxsplit=1) == ["99", str(path)]
    assert lines["play.seed"].split(maxsplit=1) == ["7", "the command line"]
    assert lines["play.model"].split() == ['"edm"', "default"]


def test_config_as_json(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("parameters.tempo = 99")
    told = json.loads(run("config", "-c", str(path), "--json").output)
    assert told["source"] == str(path)
    assert told["settings"]["parameters.tempo"] == {"value": 99.0, "origin": str(path)}


def test_a_wrong_configuration_tells_all_errors_and_exits_2(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("play.bars = 0\nparameters.tempo = 9000")
    done = run("config", "-c", str(path))
    assert done.exit_code == 2
    assert "play.bars = 0" in done.output
    assert "parameters.tempo = 9000: it must be 20 to 300 BPM" in done.output


def test_doctor_tells_what_was_found_and_measures() -> None:
    done = call("doctor", "-c", str(packaged_config()), "--json", "--measure", "0.2")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    checks = {check["name"]: check for check in told["checks"]}
    assert checks["configuration"]["works"]
    assert checks["configuration"]["found"] == str(packaged_config())
    assert {"processors", "real-time", "onnxruntime", "model", "gauge"} <= set(checks)
    assert {"score", "picture", "audio", "sound font", "panel", "training"} <= set(checks)
    assert told["versions"]["python"] == sys.version.split()[0]
    assert told["measured"]["lateness_us"]["max"] >= told["measured"]["lateness_us"]["p50"] >= 0
    assert all(check["mend"] for check in told["checks"] if not check["works"])


def test_doctor_goes_on_when_the_configuration_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("play.bars = 0")
    done = call("doctor", "-c", str(path))
    assert done.returncode == 0
    assert "play.bars = 0" in done.stdout
    assert "processors" in done.stdout


def test_doctor_says_what_brings_an_extra_and_where_a_sound_font_is_looked_for(tmp_path: Path) -> None:
    hide = (
        "import sys; sys.modules['typst'] = sys.modules['flask'] = None; from daemon.cli import main; main()"
    )
    path = tmp_path / "mine.toml"
    path.write_text('audio.soundfont = "gone.sf2"\ngauge.enabled = false')
    done = subprocess.run(
        [sys.executable, "-c", hide, "doctor", "-c", str(path), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        # If CI is set, the binding to FluidSynth can print messages.
        env={name: value for name, value in os.environ.items() if name != "EDMD_SOUNDFONT"} | {"CI": "true"},
    )
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert "engraving needs typst; install edmd with its extra `score`" in checks["score"]["mend"]
    assert "the panel needs flask; install edmd with its extra `panel`" in checks["panel"]["mend"]
    assert "gone.sf2" in checks["sound font"]["mend"]
    assert checks["gauge"] == {
        "name": "gauge",
        "works": True,
        "found": "switched off ([gauge] enabled)",
        "mend": "",
    }
