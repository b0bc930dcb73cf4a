"""`edmd ctl` against a real server, and its exit codes as a process."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli import cli
from daemon.control import messages
from daemon.control.actions import ACTIONS
from daemon.control.protocol import OPS
from daemon.link.gateway import BeginRecording, NameModels
from daemon.link.player import Transport
from models import bundle as bundles
from tests.daemon.handlers import Daemon, serving

_TEMPO = "Error: tempo is a number, 20 to 300 BPM; got "


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with serving(tmp_path) as running:
        yield running


def ctl(daemon: Daemon, *words: str) -> Result:
    return CliRunner().invoke(cli, ["ctl", "--endpoint", daemon.control, *words], prog_name="edmd")


def test_get_and_set(daemon: Daemon) -> None:
    done = ctl(
        daemon, "set", "classical_mix=0.8", "lead.mute=on", "scale=F# major", "--at", "bar", "--over", "8"
    )
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "from beat 4, bar 1")
    wanted = {"classical_mix": 0.8, "lead.mute": True, "scale": "F# major"}
    assert daemon.handlers.asked == [messages.Set(wanted, "bar", 8.0)]
    assert ctl(daemon, "get", "tempo", "scale").output == "tempo = 128 BPM\nscale = free\n"
    assert len(ctl(daemon, "get").output.splitlines()) > 20


def test_json_may_stand_before_and_after_the_subcommand(daemon: Daemon) -> None:
    for words in (["--json", "get", "tempo"], ["get", "tempo", "--json"]):
        assert json.loads(ctl(daemon, *words).output) == {"params": {"tempo": 128.0}}
    after = CliRunner().invoke(cli, ["ctl", "get", "tempo", "--endpoint", daemon.control])
    assert after.output == "tempo = 128 BPM\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["play"], messages.Transport("play")),
        (["stop"], messages.Transport("stop")),
        (["continue"], messages.Transport("continue")),
        (["tap"], messages.Transport("tap")),
        (["reseed"], messages.Reseed()),
        (["reseed", "7", "--at", "now"], messages.Reseed(7, "now")),
        (["state"], messages.State()),
        (["record", "stop"], messages.Record("stop")),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_every_other_op(daemon: Daemon, words: list[str], message: messages.Op) -> None:
    done = ctl(daemon, *words)
    assert done.exit_code == 0, done.output
    assert daemon.handlers.asked == [message]
    assert done.output


def test_ops_that_need_files(daemon: Daemon, tmp_path: Path) -> None:
    assert ctl(daemon, "record", "start", "take.mid").exit_code == 0
    assert ctl(daemon, "model", "list").exit_code == 0
    assert daemon.handlers.asked[1] == BeginRecording(str(tmp_path / "take.mid"))
    assert isinstance(daemon.handlers.asked[2], NameModels)


def test_a_panic_reaches_the_player(daemon: Daemon) -> None:
    done = ctl(daemon, "panic")
    assert (done.exit_code, done.output) == (0, "state  stopped\n")
    assert daemon.player.poll(5)
    assert [*daemon.player.receive()] == [Transport("panic")]


def test_describe_prints_the_protocol_and_the_addresses_without_a_daemon() -> None:
    schema = json.loads(CliRunner().invoke(cli, ["ctl", "describe", "--schema"]).output)
    assert {f"request.{op}" for op in OPS} <= schema["$defs"].keys()
    listed = CliRunner().invoke(cli, ["ctl", "describe", "--osc", "--json"]).output
    assert {f"/edmd/{each.path}" for each in ACTIONS.values()} <= {
        row["path"] for row in json.loads(listed)["addresses"]
    }


def test_describe_shows_every_parameter_with_its_range(daemon: Daemon) -> None:
    told = json.loads(ctl(daemon, "describe", "--json").output)
    shown = ctl(daemon, "describe").output
    assert all(name in shown for name in told["params"])
    assert "20 to 300" in shown


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["set", "tempo=9000"], 2, "Error: tempo is 20 to 300 BPM; got 9000\n"),
        (["set", "tempo=fast"], 2, 'Error: tempo is a number, 20 to 300 BPM; got "fast"\n'),
        (["set", "tmpo=3"], 2, 'Error: no parameter is named "tmpo"; did you mean tempo?\n'),
        (
            ["set", "tempo=1e999"],
            2,
            'Error: tempo is a number, 20 to 300 BPM; got "1e999": it is too large\n',
        ),
        (["set", "tempo=nan"], 2, _TEMPO + '"nan": only finite numbers are accepted\n'),
        (["set", "tempo=0x80"], 2, _TEMPO + '"0x80": write 128\n'),
        (["set", "tempo=1_28"], 2, _TEMPO + '"1_28": write 128\n'),
        (["set", "tempo=\uff11\uff12\uff18"], 2, _TEMPO + '"\uff11\uff12\uff18": write 128\n'),
        (["set", "tempo=128bpm"], 2, _TEMPO + '"128bpm": write 128\n'),
        (
            ["set", "transpose=1.5", "gate=7", "tmpo=3"],
            2,
            "Error: transpose is a whole number, -24 to 24 semitones; got 1.5\ngate is 0.1 to 1; got 7\n"
            'no parameter is named "tmpo"; did you mean tempo?\n',
        ),
        (
            ["set", "tempo", "swing=0,5", "gate=7", "lead.mute=maybe"],
            2,
            'Error: "tempo" is not NAME=VALUE: write tempo=VALUE\nswing is a number, 0 to 0.75; got "0,5": write 0.5\n'
            'gate is 0.1 to 1; got 7\nlead.mute is true or false; got "maybe"\n',
        ),
        (["reseed", "1e3"], 2, "1e3 is not a whole number."),
        (["reseed", "0x7"], 2, "0x7 is not a number: write 7."),
        (["set", "tempo=100", "--over", "nan"], 2, "nan is not a number: only finite numbers are accepted."),
        (
            ["set", "tempo"],
            2,
            'Error: "tempo" is not NAME=VALUE: write tempo=VALUE\n',
        ),
        (
            ["set", "tempo=100", "--over", "-1"],
            2,
            'Error: "over" is a number of beats, 0 to 100000; got -1.0\n',
        ),
        (["get", "tmpo"], 2, 'Error: no parameter is named "tmpo"; did you mean tempo?\n'),
        (
            ["model", "load", "nowhere"],
            1,
            f"Error: no model is named nowhere; there is: {', '.join(bundles.names())}\n",
        ),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_refusals_are_one_sentence(daemon: Daemon, words: list[str], code: int, sentence: str) -> None:
    done = ctl(daemon, *words)
    assert done.exit_code == code
    if sentence.endswith("\n"):
        assert done.stderr == sentence
    else:  # click prints the usage first
        assert done.stderr.endswith(f"{sentence}\n")


def test_numbers_may_be_written_as_people_write_them(daemon: Daemon) -> None:
    done = ctl(daemon, "set", "swing=.5", "gate=+0.1", "transpose=+3", "tempo=1e2", "--over", ".5")
    assert done.exit_code == 0, done.output
    wanted = {"swing": 0.5, "gate": 0.1, "transpose": 3, "tempo": 100.0}
    assert daemon.handlers.asked == [messages.Set(wanted, "now", 0.5)]


def test_steps_and_defaults_go_from_the_value_of_now(daemon: Daemon) -> None:
    done = ctl(daemon, "set", "energy+=0.2", "key=Bbm", "transpose=", "tempo*=4")
    assert done.exit_code == 0, done.output
    assert done.stderr == "tempo is 20 to 300 BPM; 512 was cut to 300\n"
    wanted = {"energy": 0.7, "key": "Bb minor", "transpose": 0, "tempo": 300.0}
    assert daemon.handlers.asked == [messages.Get(("energy", "tempo")), messages.Set(wanted)]
    assert ctl(daemon, "get", "temperature").output.splitlines() == [
        "melody.temperature     = 1",
        "percussion.temperature = 1",
    ]


def test_state_is_one_line_and_json_is_the_whole_of_it(daemon: Daemon) -> None:
    assert ctl(daemon, "state").output == "bar 0\n"
    assert ctl(daemon, "state", "--all").output.splitlines()[0] == "transport.state   playing"
    assert json.loads(ctl(daemon, "state", "--json").output).keys() >= {"transport", "ports", "models"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["model", "pop"], '"pop" is a model and no action; did you mean: edmd ctl model load pop'),
        (["model", "laod", "pop"], '"laod" is not one of list, load; did you mean load?'),
        (["preset", "late set"], "\"late set\" is a preset and no action; did you mean: edmd ctl preset load 'late set'"),
        (["preset", "nothing"], '"nothing" is not one of save, load, list, rename, delete'),
        (["preset", "load", "late sett"], "no preset is named late sett; there is: late set; did you mean late set?"),
        (["sett", "tempo=3"], 'edmd ctl has no command "sett"; did you mean set?'),
        (["energy+=0.1"], 'edmd ctl has no command "energy+=0.1"; did you mean: edmd ctl set energy+=0.1'),
        (["tempo", "140"], 'edmd ctl has no command "tempo"; did you mean: edmd ctl set tempo=140'),
        (["tempo"], 'edmd ctl has no command "tempo"; did you mean: edmd ctl get tempo'),
        (["watch", "stat"], '"stat" is not one of note, tick, state, gauge, health, learn, played; did you mean state?'),
        (["set", "tempo=100", "--at", "phrse"], '"phrse" is not one of now, beat, bar, phrase; did you mean phrase?'),
        (["set", "scale=A dorain"], "did you mean A dorian?"),
        (["set", "tempo=100", "--ovr", "4"], "Did you mean '--over'?"),
    ],
)  # fmt: skip
def test_what_a_mistyped_word_may_have_meant(
    daemon: Daemon, tmp_path: Path, words: list[str], sentence: str
) -> None:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "late set.toml").write_text("tempo = 120.0\n")
    for line in (
        words,
        [*words, "--deck", "main"],
    ):  # what is asked of the daemon does not depend on the order
        done = ctl(daemon, *line)
        assert done.exit_code in (1, 2)
        assert done.stderr.rstrip().endswith(sentence), done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["plya"], 'edmd has no command "plya"; did you mean play?'),
        (["stop"], 'edmd has no command "stop"; did you mean: edmd ctl stop'),
        (["set", "tempo=3"], 'edmd has no command "set"; did you mean: edmd ctl set tempo=3'),
        (["models", "sohw"], 'edmd models has no command "sohw"; did you mean show?'),
        (["play", "-o", "panel.prot=3"], "did you mean panel.port?"),
        (["render", "--bars", "1", "--out", "x.pdf", "--as", "scor"], "did you mean score?"),
    ],
)
def test_the_other_commands_suggest_too(words: list[str], sentence: str) -> None:
    done = CliRunner().invoke(cli, words, prog_name="edmd")
    assert done.exit_code == 2
    assert done.stderr.rstrip().endswith(sentence), done.stderr


def call(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from daemon.cli import main; main()", "ctl", *words]
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=cwd, env={"PYTHONPATH": root}, check=False
    )


def test_exit_codes_of_the_process(daemon: Daemon) -> None:
    assert call("--endpoint", daemon.control, "get").returncode == 0
    assert call("--endpoint", daemon.control, "set", "tempo=9000").returncode == 2
    assert call("--endpoint", daemon.control, "fly").returncode == 2


def test_nobody_there_exits_1_with_one_sentence() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{held.getsockname()[1]}"
        done = call("--endpoint", endpoint, "stop")
    assert done.returncode == 1
    assert done.stderr == f"Error: no edmd answers at {endpoint}; start one with `edmd play`\n"


def test_the_address_comes_from_the_configuration(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'control.bind = "{daemon.control}"')
    assert call("get", "tempo", cwd=tmp_path).stdout == "tempo = 128 BPM\n"


def test_watch_prints_until_it_is_interrupted(daemon: Daemon) -> None:
    ended = threading.Event()

    def publish() -> None:
        while not ended.wait(0.01):
            daemon.telemetry.publish("tick", {"tick": 1, "section": "drop"})
            daemon.telemetry.publish("note", {"pitch": 60})

    thread = threading.Thread(target=publish)
    thread.start()
    command = [
        sys.executable,
        "-m",
        "daemon",
        "ctl",
        "--endpoint",
        daemon.control,
        "watch",
        "tick",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
    ended.set()
    thread.join()
    assert lines == [{"topic": "tick", "tick": 1, "section": "drop"}] * 3
    assert (process.returncode, complaint) == (0, "")
