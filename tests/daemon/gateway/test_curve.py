"""CURVE: only clients with a known key get in, hear anything, or are answered."""

import errno
import os
import socket
import stat
import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import zmq
from click.testing import CliRunner

from daemon.cli import cli
from daemon.client import Client, NoAnswer, new_pair
from daemon.commands.line import Line, configured
from daemon.config import ConfigError, load_config
from daemon.control.curvekeys import KeyFileError, Pair, as_text, authorised, read_client, read_pair
from daemon.control.messages import Op
from daemon.gateway.surface import Reply
from daemon.gateway.zeromq import ZeroMQ
from daemon.link.gateway import Inner
from tests.imports import ROOT

PATIENCE = 0.4


def edmd(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["keys", *words, "-o", f"security.keys={folder}"])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Keys of a daemon, of this machine, and of the client `stage`."""
    edmd(tmp_path / "keys", "server")
    edmd(tmp_path / "keys", "client", "stage")
    return tmp_path / "keys"


class Serving:
    """A ZeroMQ surface that a thread serves: it answers pings and publishes ticks."""

    def __init__(self, folder: Path) -> None:
        self.asked = 0
        curve = (read_pair(folder / "server.key_secret"), folder / "clients")
        self.surface = ZeroMQ("tcp://127.0.0.1:*", "tcp://127.0.0.1:*", curve)
        self.control, self.telemetry = self.surface.endpoints["control"], self.surface.endpoints["telemetry"]
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _ask(self, _op: Op | Inner, _surface: str, _who: Hashable, answer: Reply, _deck: str) -> None:
        self.asked += 1
        answer({"pong": True})

    def _run(self) -> None:
        while not self._ends.is_set():
            zmq.select(list(self.surface.readers), [], [], 0.02)
            self.surface.serve(self._ask)
            self.surface.turn(self._ask, time.monotonic())
            self.surface.publish("tick", {"tick": 1})

    def close(self) -> None:
        self._ends.set()
        self._thread.join()
        self.surface.close()

    def answers(self, keys: Pair | None) -> bool:
        """Whether it answers a client with these keys, after some patience."""
        with Client(self.control, PATIENCE, 1, keys=keys) as client:
            try:
                return bool(client.ping())
            except NoAnswer:
                return False

    def hears(self, keys: Pair | None) -> bool:
        """Whether a subscriber with these keys hears telemetry."""
        with Client(self.control, keys=keys) as client, client.listen(("tick",), self.telemetry) as ear:
            return bool(ear.hear(PATIENCE))


@pytest.fixture
def serving(folder: Path) -> Iterator[Serving]:
    made = Serving(folder)
    yield made
    made.close()


def test_known_clients_are_answered_and_hear(serving: Serving, folder: Path) -> None:
    for name in ("local", "stage"):
        keys = read_client(folder / f"{name}.key_secret")
        assert (serving.answers(keys), serving.hears(keys)) == (True, True)


def test_no_key_another_key_and_another_daemon_get_nothing(serving: Serving, folder: Path) -> None:
    stage = read_client(folder / "stage.key_secret")
    unlisted = new_pair(stage.server)
    elsewhere = stage._replace(server=new_pair().public)
    stolen_name = stage._replace(secret=unlisted.secret)
    for keys in (None, unlisted, elsewhere, stolen_name):
        assert not serving.answers(keys)
        assert not serving.hears(keys)
    assert serving.asked == 0
    assert serving.answers(stage)


def test_a_client_is_known_as_soon_as_it_is_made_and_gone_when_it_is_revoked(
    serving: Serving, folder: Path
) -> None:
    stage = read_client(folder / "stage.key_secret")
    edmd(folder, "client", "late")
    late = read_client(folder / "late.key_secret")
    with (
        Client(serving.control, 3.0, keys=late) as client,
        client.listen(("tick",), serving.telemetry) as ear,
        Client(serving.control, 3.0, keys=stage) as other,
        other.listen(("tick",), serving.telemetry) as other_ear,
    ):
        assert client.ping()
        assert other.ping()
        assert ear.hear(2.0)
        edmd(folder, "revoke", "late")
        deadline = time.monotonic() + 10
        while ear.hear(0.5):
            assert time.monotonic() < deadline, "a revoked client still hears"
        with pytest.raises(NoAnswer, match="does not know this key"):
            client.ping()
        assert other.ping(), "the others connect again"
        other_ear.hear(0.1)
        assert other_ear.hear(2.0)


def test_a_handshake_that_was_recorded_and_is_sent_again_gets_nothing(serving: Serving, folder: Path) -> None:
    """A whole session of a known client, byte for byte."""
    host, port = "127.0.0.1", int(serving.control.rpartition(":")[2])
    sent = bytearray()
    with socket.create_server((host, 0)) as proxy:
        threading.Thread(target=_pass_on, args=(proxy, port, sent), daemon=True).start()
        address = f"tcp://{host}:{proxy.getsockname()[1]}"
        with Client(address, 3.0, keys=read_client(folder / "stage.key_secret")) as client:
            assert client.ping()
    before = serving.asked
    assert before
    with socket.create_connection((host, port), timeout=2) as replayed, suppress(OSError):
        replayed.sendall(sent)
        replayed.settimeout(1.0)
        while replayed.recv(4096):
            pass
    assert serving.asked == before


def _pass_on(proxy: socket.socket, port: int, sent: bytearray) -> None:
    near, _ = proxy.accept()
    with near, socket.create_connection(("127.0.0.1", port)) as far:

        def back() -> None:
            with suppress(OSError):
                while data := far.recv(4096):
                    near.sendall(data)

        returning = threading.Thread(target=back)
        returning.start()
        with suppress(OSError):
            while data := near.recv(4096):
                sent += data
                far.sendall(data)
        far.shutdown(socket.SHUT_RDWR)
        returning.join()


def test_rubbish_and_half_handshakes_leave_it_answering(serving: Serving, folder: Path) -> None:
    host, port = "127.0.0.1", int(serving.control.rpartition(":")[2])
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(15) + b"\x00" + bytes(31)
    for rubbish in (os.urandom(500), b"GET / HTTP/1.1\r\n\r\n", greeting, greeting + os.urandom(200)):
        for _ in range(20):
            with socket.create_connection((host, port), timeout=2) as stranger, suppress(OSError):
                stranger.sendall(rubbish)
    assert serving.asked == 0
    assert serving.answers(read_client(folder / "stage.key_secret"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")
def test_secrets_are_readable_by_their_owner_alone_and_refused_otherwise(folder: Path) -> None:
    for file in (folder / "server.key_secret", folder / "stage.key_secret"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = folder / "stage.key_secret"
    secret.chmod(0o640)
    with pytest.raises(KeyFileError, match=r"other users can read the secret key in .*: chmod 600"):
        read_client(secret)


def test_names_stay_in_their_folder_and_are_not_taken_twice(folder: Path) -> None:
    runner, words = CliRunner(), ["-o", f"security.keys={folder}"]
    for name in ("../x", "a/b", ".hidden", "server", "", "x" * 50):
        assert runner.invoke(cli, ["keys", "client", *words, "--", name]).exit_code == 2
        assert runner.invoke(cli, ["keys", "revoke", *words, "--", name]).exit_code == 2
    assert runner.invoke(cli, ["keys", "client", "stage", *words]).exit_code == 1
    assert runner.invoke(cli, ["keys", "revoke", "nobody", *words]).exit_code == 1
    assert runner.invoke(cli, ["keys", "server", *words]).exit_code == 1
    before = read_pair(folder / "server.key_secret")
    assert edmd(folder, "server", "--replace")
    assert read_pair(folder / "server.key_secret") != before
    listed = edmd(folder, "list")
    assert "stage" not in listed
    assert authorised(folder / "clients").keys() == {read_client(folder / "local.key_secret").public}
    assert read_pair(folder / "server.key_secret").public in listed
    assert before.secret not in listed


@pytest.mark.parametrize("at", range(0, 160, 7))
def test_a_damaged_key_file_is_refused_or_right(at: int, folder: Path) -> None:
    file = folder / "server.key_secret"
    content, right = bytearray(file.read_bytes()), read_pair(file)
    if at < len(content):
        content[at] ^= 0x20
        file.write_bytes(content)
        try:
            found = read_pair(file)
        except KeyFileError:
            return
        # One character of a key that is another one: it fits no other key, and nobody can connect.
        assert found == right or sum(a != b for a, b in zip(found, right, strict=True)) == 1


def test_files_that_are_no_keys_let_nobody_in(folder: Path) -> None:
    known = authorised(folder / "clients")
    (folder / "clients" / "a.key").write_text("no key")
    (folder / "clients" / "b.key").mkdir()
    os.mkfifo(folder / "clients" / "c.key")
    (folder / "clients" / "d.key").write_bytes(b"\xff" * 100_000)
    (folder / "clients" / "e.key").write_bytes(as_text(new_pair()._replace(public="short"), is_secret=False))
    assert authorised(folder / "clients") == known


def test_an_open_address_needs_curve_and_curve_needs_keys(folder: Path, tmp_path: Path) -> None:
    config = ROOT / "config.toml"
    open_ = ("control.bind=tcp://0.0.0.0:5570",)
    with pytest.raises(
        ConfigError, match=r"control.bind = tcp://0.0.0.0:5570 is not this machine alone: switch CURVE on"
    ):
        load_config(config, open_)
    with pytest.raises(ConfigError, match=r"needs the daemon's keys: .*edmd keys server"):
        load_config(config, (*open_, "security.curve=true", f"security.keys={tmp_path / 'none'}"))
    found = load_config(config, (*open_, "security.curve=true", f"security.keys={folder}"))
    assert (found.curve, found.keys) == (True, folder)


def test_a_folder_that_cannot_be_read_for_a_moment_shuts_nobody_out(
    serving: Serving, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = read_client(folder / "stage.key_secret")
    assert serving.answers(stage)

    def crowded(_: Path) -> dict[str, str]:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("daemon.gateway.zap.authorised", crowded)
    time.sleep(1.3)
    assert serving.answers(stage)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")
def test_a_folder_of_clients_that_others_can_write_to_is_refused(folder: Path) -> None:
    (folder / "clients").chmod(0o777)
    with pytest.raises(ConfigError, match=r"other users can add keys to .*: chmod go-w"):
        load_config(ROOT / "config.toml", ("security.curve=true", f"security.keys={folder}"))


def test_a_configuration_with_errors_elsewhere_still_reaches_the_daemon(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A performer must be able to stop the music."""
    config = tmp_path / "config.toml"
    config.write_text(f'play.sede = 1\n[security]\ncurve = true\nkeys = "{folder}"\n', encoding="utf-8")
    monkeypatch.setenv("EDMD_CONFIG", str(config))
    place = configured(is_quiet=True)
    assert place.keys() == read_client(folder / "local.key_secret")
    assert Line(endpoint="tcp://127.0.0.1:9999").place() == ("tcp://127.0.0.1:9999", None)
