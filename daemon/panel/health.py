"""Monitoring: `/healthz`, and `/metrics` for Prometheus."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from daemon.panel.event_stream import EventStream

_QUANTILES: Final = {"p50": "0.5", "p99": "0.99", "max": "1"}

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Return 200 while messages from the daemon arrive, else 503."""
    alive = current_app.extensions["event_stream"].is_alive
    return jsonify({"status": "ok" if alive else "no messages from the daemon"}), 200 if alive else 503


@pages.get("/metrics")
def metrics() -> Response:
    """Return the current figures."""
    registry = CollectorRegistry()
    registry.register(HubCollector(current_app.extensions["event_stream"]))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class HubCollector(Collector):
    """Makes metrics from the last telemetry messages."""

    def __init__(self, event_stream: EventStream) -> None:
        self._event_stream = event_stream

    def collect(self) -> Iterable[Metric]:
        """Yield all metrics."""
        alive = self._event_stream.is_alive
        yield GaugeMetricFamily("edmd_up", "Whether messages from the daemon arrive.", int(alive))
        yield GaugeMetricFamily("edmd_panel_pages", "Open pages of the panel.", self._event_stream.pages)
        yield _labelled(CounterMetricFamily, "edmd_notes", "Notes sent.", "voice", self._event_stream.notes)
        if alive:
            yield from _of_health(self._event_stream.latest.get("health", {}))
            yield from _of_place(self._event_stream.latest)


def _of_health(health: dict[str, Any]) -> Iterator[Metric]:
    for key, name, text in (
        ("lateness_us", "edmd_lateness_seconds", "How late note messages were in the last 10 s."),
        ("step_us", "edmd_step_seconds", "How long a tick took to compose in the last 10 s."),
    ):
        figures = {_QUANTILES[part]: us / 1e6 for part, us in health.get(key, {}).items() if us is not None}
        yield _labelled(GaugeMetricFamily, name, text, "quantile", figures)
    for key, name, text in (
        ("underruns", "edmd_underruns", "Ticks that came too late for the player."),
        ("ticks", "edmd_ticks", "Ticks composed."),
    ):
        if health.get(key) is not None:
            yield CounterMetricFamily(name, text, health[key])
    for key, name, text in (
        ("rss_bytes", "edmd_resident_memory_bytes", "Memory of the composer."),
        ("uptime_seconds", "edmd_uptime_seconds", "How long the daemon has been running."),
    ):
        if health.get(key) is not None:
            yield GaugeMetricFamily(name, text, health[key])
    ports = {port: int(str(state).startswith("open")) for port, state in health.get("ports", {}).items()}
    yield _labelled(GaugeMetricFamily, "edmd_port_open", "Whether a MIDI port is open.", "port", ports)


def _of_place(latest: Any) -> Iterator[Metric]:
    transport = latest.get("state", {}).get("transport", {})
    if transport:
        playing = int(transport.get("state") == "playing")
        yield GaugeMetricFamily("edmd_playing", "Whether the music plays.", playing)
        yield GaugeMetricFamily("edmd_tempo_bpm", "Beats a minute.", transport.get("tempo", 0))


def _labelled(kind: Any, name: str, text: str, label: str, figures: Any) -> Metric:
    family: Metric = kind(name, text, labels=[label])
    for value, figure in figures.items():
        family.add_metric([value], figure)  # type: ignore[attr-defined]  # every kind used here has this method
    return family
