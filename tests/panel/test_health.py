"""`/healthz` and `/metrics`."""

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from daemon.control.telemetry import health_message
from daemon.panel.event_stream import EventStream
from tests.daemon.handlers import Daemon
from tests.panel.conftest import NOWHERE, Building


def test_a_daemon_that_is_not_heard_of_is_not_healthy(panel: Building) -> None:
    app = panel(EventStream(NOWHERE, NOWHERE))
    assert app.test_client().get("/healthz").status_code == 503


def test_figures_are_told_as_prometheus_reads_them(daemon: Daemon, panel: Building) -> None:
    event_stream = EventStream(daemon.control, daemon.telemetry.endpoint)
    event_stream.start()
    client = panel(event_stream).test_client()
    late = {"p50": 12.0, "p99": 80.0, "max": 140.0}
    health = health_message(
        late,
        late,
        underruns=3,
        ticks=99,
        provider="cpu",
        ports={"edmd melody": "open"},
        inputs={},
        midi_server="runs",
        disk={},
        uptime_seconds=5.0,
    )
    began = time.monotonic()
    while not event_stream.last.by_deck() and time.monotonic() - began < 10:
        daemon.telemetry.publish("health", health)
        time.sleep(0.02)
    assert client.get("/healthz").status_code == 200
    text = client.get("/metrics").get_data(as_text=True)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["edmd_up",] == 1
    assert samples["edmd_lateness_seconds", "0.99"] == 80e-6
    assert samples["edmd_underruns_total",] == 3
    assert samples["edmd_port_open", "edmd melody"] == 1
    assert samples["edmd_disk_fault", "recording"] == 0
    full = {**health, "disk": {"recording": "no room"}}
    began = time.monotonic()
    while client.get("/healthz").status_code == 200 and time.monotonic() - began < 10:
        daemon.telemetry.publish("health", full)
        time.sleep(0.02)
    text = client.get("/metrics").get_data(as_text=True)
    assert 'edmd_disk_fault{what="recording"} 1.0' in text
    assert 'edmd_disk_fault{what="savepoints"} 0.0' in text


def test_a_daemon_that_falls_silent_is_healthy_no_more(
    daemon: Daemon, panel: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.panel.event_stream._ALIVE_SECONDS", 1.0)
    event_stream = EventStream(daemon.control, daemon.telemetry.endpoint)
    event_stream.start()
    client = panel(event_stream).test_client()
    page = event_stream.page()
    began = time.monotonic()
    while client.get("/healthz").status_code != 200:
        assert time.monotonic() - began < 10
        daemon.telemetry.publish("health", {})
        time.sleep(0.02)
    silent = time.monotonic()
    told = b""
    while not told.endswith(b'event: link\ndata: {"alive":false}\n\n'):
        told = next(page)
    assert 0.5 < time.monotonic() - silent < 5
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "no messages from the daemon"})
    assert "edmd_up 0.0" in client.get("/metrics").get_data(as_text=True)


def test_without_a_daemon_there_are_no_stale_figures(panel: Building) -> None:
    app = panel(EventStream(NOWHERE, NOWHERE))
    text = app.test_client().get("/metrics").get_data(as_text=True)
    assert "edmd_up 0.0" in text
    assert "edmd_ticks_total" not in text
