"""For who looks after an installation: `/healthz`, and `/metrics` in Prometheus' words."""

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
    """200 while the daemon is heard of, else 503."""
    alive = current_app.extensions["event_stream"].is_alive
    return jsonify({"status": "ok" if alive else "the daemon is not heard of"}), 200 if alive else 503


@pages.get("/metrics")
def metrics() -> Response:
    """The figures of this moment."""
    registry = CollectorRegistry()
    registry.register(HubCollector(current_app.extensions["event_stream"]))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class HubCollector(Collector):
    """Figures out of the last telemetry messages."""

    def __init__(self, event_stream: EventStream) -> None:
        self._event_stream = event_stream

    def collect(self) -> Iterable[Metric]:
        """Every figure there is."""
        alive = self._event_stream.is_alive
        yield GaugeMetricFamily("edmd_up", "Whether the daemon is heard of.", int(alive))
        yield GaugeMetricFamily("edmd_panel_pages", "Panels that are open.", self._event_stream.pages)
        yield _labelled(
            CounterMetricFamily, "edmd_notes", "Notes that were sent.", "voice", self._event_stream.notes
        )
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
        ("underruns", "edmd_underruns", "Ticks that were not there in time."),
        ("ticks", "edmd_ticks", "Ticks that were composed."),
    ):
        if health.get(key) is not None:
            yield CounterMetricFamily(name, text, health[key])
    for key, name, text in (
        ("rss_bytes", "edmd_resident_memory_bytes", "Memory that the composer holds."),
        ("uptime_seconds", "edmd_uptime_seconds", "How long the daemon runs."),
    ):
        if health.get(key) is not None:
            yield GaugeMetricFamily(name, text, health[key])
    ports = {port: int(str(state).startswith("open")) for port, state in health.get("ports", {}).items()}
    yield _labelled(GaugeMetricFamily, "edmd_port_open", "Whether a MIDI port is open.", "port", ports)


def _of_place(latest: Any) -> Iterator[Metric]:
    transport = latest.get("state", {}).get("transport", {})
    if transport:
        playing = int(transport.get("state") == "playing")
        yield GaugeMetricFamily("edmd_playing", "Whether it plays.", playing)
        yield GaugeMetricFamily("edmd_tempo_bpm", "Beats a minute.", transport.get("tempo", 0))


def _labelled(kind: Any, name: str, text: str, label: str, figures: Any) -> Metric:
    family: Metric = kind(name, text, labels=[label])
    for value, figure in figures.items():
        family.add_metric([value], figure)  # type: ignore[attr-defined]  # every kind that is passed has it
    return family
