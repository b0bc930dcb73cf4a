"""The server as a process: what it has acknowledged survives its death; it says where it is, and ends orderly."""

import json
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli import cli
from daemon.panel.guard.listening import Place
from daemon.study.serving import greeting
from daemon.study.store import Store
from daemon.study.study import FILE_NAME, Study
from tests.study.process import Server

ANSWER = {"ratings": [1, 2, 3, 4], "heard_seconds": 0.5}


@pytest.fixture
def folder(folder: Path) -> Path:
    """A study whose clips are soon heard."""
    told = json.loads((folder / FILE_NAME).read_text())
    (folder / FILE_NAME).write_text(json.dumps({**told, "seconds": 1.0}))
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    running = Server(folder)
    running.start()
    yield running
    running.close()


def test_a_killed_server_has_lost_no_answer(server: Server, study: Study) -> None:
    begun = [server.ask("POST", "/api/listeners", {"language": "en"}) for _ in range(3)]
    screens = study.clips + 1
    for number in range(screens):
        for listener in begun:
            told = server.ask("PUT", f"/api/answers/{number}", ANSWER, listener["token"])
        if number % 4 == 0:
            server.kill()
            server.start()
            for listener in begun:
                assert (
                    server.ask("GET", "/api/screen", token=listener["token"])["screen"]["number"]
                    == number + 1
                )
    assert told["screen"]["kind"] == "done"
    server.kill()
    with Store(server.folder, study.id) as store:
        assert [len(each) for each in store.answers().values()] == [screens] * 3


def test_it_ends_orderly(server: Server) -> None:
    server.ask("POST", "/api/listeners", {"language": "en"})
    assert server.stop() == 0
    assert not server.folder.joinpath("answers.sqlite-wal").exists(), "all is in one file"


def test_a_large_request_is_refused_in_words(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.ask("POST", "/api/listeners", {"language": "x" * 10_000})
    assert refused.value.code == 413
    assert "at most 4096" in json.loads(refused.value.read())["error"]["message"]
    refused.value.close()


def refused(*words: object) -> str:
    """Return what `edmd study serve` says when it cannot listen."""
    command = [sys.executable, "-m", "daemon", "study", "serve", *map(str, words)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    return ran.stderr


def test_a_taken_port_is_told(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = refused(folder, "--port", taken.getsockname()[1])
    assert told.startswith("Error: the study cannot listen at 127.0.0.1, port ")
    assert "choose another with --port NUMBER" in told


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_a_strange_address_is_told(folder: Path, host: str) -> None:
    assert "choose another with --host ADDRESS" in refused(folder, "--host", host)


@pytest.mark.parametrize("words", [["--port", "0"], ["--port", "x"], ["--host"]])
def test_wrong_words_are_told(folder: Path, words: list[str]) -> None:
    assert CliRunner().invoke(cli, ["study", "serve", str(folder), *words]).exit_code == 2


def test_the_greeting_says_who_can_come() -> None:
    def told(host: str) -> str:
        return greeting(Place(host, 8090, "", ""))

    assert told("127.0.0.1").startswith("edmd study at http://127.0.0.1:8090 (only on this machine")
    assert told("::1").startswith("edmd study at http://[::1]:8090 (only")
    assert "open to everyone on the network, without encryption" in told("0.0.0.0")
    assert told("192.0.2.7").startswith("edmd study at http://192.0.2.7:8090, open to everyone")
