"""The panel behind TLS: a certificate of its own or one from files, with the limits of the panel without TLS."""

import contextlib
import datetime
import hashlib
import http.client
import os
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from daemon.panel.guard import certificate
from daemon.panel.guard.certificate import made_certificate, names_of
from tests import needs
from tests.imports import ROOT
from tests.panel.process import PanelProcess, is_cut, panel_process

needs.library("cryptography")
_SCRIPT = ROOT / "daemon" / "panel" / "static" / "js" / "controls" / "dials.js"


def trusting(pem: Path) -> ssl.SSLContext:
    """Return a browser that trusts one certificate, and checks the name of the host."""
    return ssl.create_default_context(cafile=str(pem))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def panel(state: Path) -> Iterator[PanelProcess]:
    env = {**os.environ, "XDG_STATE_HOME": str(state)}
    # Made beforehand, so that the first request already trusts it; the panel takes what it finds.
    pem = made_certificate("127.0.0.1", state / "edmd")
    with panel_process(state, "-o", "panel.tls=self", env=env, tls=trusting(pem)) as running:
        yield running


def test_who_trusts_the_certificate_is_answered(panel: PanelProcess, state: Path) -> None:
    with urllib.request.urlopen(f"{panel.url}/", timeout=20, context=panel.tls) as answer:
        assert b"<html" in answer.read()
        assert "Secure" in answer.headers["Set-Cookie"]
    for host in ("localhost", "127.0.0.1"):
        connection = http.client.HTTPSConnection(host, panel.port, timeout=20, context=panel.tls)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status in {200, 503}
        connection.close()
    assert stat.S_IMODE((state / "edmd" / "panel.pem").stat().st_mode) == 0o600


def test_who_does_not_trust_it_is_warned(panel: PanelProcess) -> None:
    with (
        pytest.raises(ssl.SSLCertVerificationError),
        socket.create_connection(("127.0.0.1", panel.port)) as plain,
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")


def test_many_at_once_get_the_whole_of_it(panel: PanelProcess) -> None:
    wanted = _SCRIPT.read_bytes()

    def fetch(_: int) -> bytes:
        url = f"{panel.url}/static/js/controls/dials.js"
        with urllib.request.urlopen(url, timeout=60, context=panel.tls) as answer:
            body: bytes = answer.read()
            return body

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(fetch, range(48))) == {wanted}


def test_several_requests_go_over_one_connection(panel: PanelProcess) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", panel.port, timeout=20, context=panel.tls)
    for _ in range(3):
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert answer.status in {200, 503}
        answer.read()
    connection.close()


def test_silent_and_foreign_connections_block_nobody_and_end(panel: PanelProcess) -> None:
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(panel.connect()) for _ in range(100)]
        for words in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\0" * 4000):
            stack.enter_context(panel.connect(words))
        began = time.monotonic()
        status, _ = panel.get("/healthz", timeout=20)
        assert status in {200, 503}
        assert time.monotonic() - began < 10
        assert all(is_cut(each, 20) for each in silent[:3] + silent[-3:])


def test_the_certificate_is_kept_and_made_anew_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made_certificate("127.0.0.1", tmp_path).read_bytes()
    assert made_certificate("127.0.0.1", tmp_path).read_bytes() == first
    later = certificate._now() + datetime.timedelta(days=800)
    monkeypatch.setattr(certificate, "_now", lambda: later)
    second = made_certificate("127.0.0.1", tmp_path).read_bytes()
    assert second != first
    (tmp_path / "panel.pem").chmod(0o644)  # others may have read the key
    assert made_certificate("127.0.0.1", tmp_path).read_bytes() != second


def test_it_is_for_every_name_and_address_under_which_browsers_find_the_panel() -> None:
    names, addresses = names_of("0.0.0.0")
    assert {"localhost", socket.gethostname()} <= set(names)
    assert {"127.0.0.1", "::1"} <= set(addresses)
    assert "0.0.0.0" not in addresses
    own = {each.address.partition("%")[0] for card in psutil.net_if_addrs().values() for each in card}
    assert set(addresses) - {"::1"} <= own | {
        info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)
    }
    assert "10.1.2.3" in names_of("10.1.2.3")[1]


def started(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a panel that cannot start."""
    command = [sys.executable, "-m", "daemon", "panel", "-o", "panel.port=1", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=100, check=False)


def test_files_that_do_not_fit_are_one_sentence(tmp_path: Path) -> None:
    one, other = made_certificate("", tmp_path / "one"), made_certificate("", tmp_path / "other")
    (tmp_path / "text.pem").write_text("no certificate")
    for words, sentence in (
        (
            ["-o", "panel.tls=absent.pem"],
            f"panel.tls: there is no file {tmp_path / 'absent.pem'}; make one with",
        ),
        (["-o", "panel.tls=text.pem"], f"panel.tls: {tmp_path / 'text.pem'} cannot be used ("),
        (["-o", f"panel.tls={one}", "-o", f"panel.tls_key={other}"], f"panel.tls: {one} cannot be used ("),
    ):
        told = started(tmp_path, *words)
        assert told.returncode == 1
        assert told.stderr.startswith(f"Error: {sentence}"), told.stderr
        assert len(told.stderr.splitlines()) == 1


def test_a_certificate_from_files(tmp_path: Path) -> None:
    pem = made_certificate("127.0.0.1", tmp_path).read_text()
    key, certificate_text = pem.split("-----BEGIN CERTIFICATE-----")
    (tmp_path / "key.pem").write_text(key)
    public = tmp_path / "public.pem"
    public.write_text(f"-----BEGIN CERTIFICATE-----{certificate_text}")
    words = ("-o", f"panel.tls={public}", "-o", f"panel.tls_key={tmp_path / 'key.pem'}")
    with panel_process(tmp_path, *words, tls=trusting(public)) as panel:
        assert panel.get("/healthz", timeout=20)[0] == 503
        panel.process.terminate()
        assert panel.process.stdout is not None
        greeting = panel.process.stdout.read()
    der = ssl.PEM_cert_to_DER_cert(public.read_text())
    digest = hashlib.sha256(der).hexdigest().upper()
    fingerprint = ":".join(digest[at : at + 2] for at in range(0, 64, 2))
    assert f"edmd panel at {panel.url}; SHA-256 of its certificate: {fingerprint}" in greeting
