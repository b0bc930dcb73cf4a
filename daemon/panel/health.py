"""Monitoring: `/healthz`, and `/metrics` for Prometheus."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from daemon.judging import complaints, of_decks
from daemon.panel.event_stream import EventStream
from daemon.panel.last_messages import DeckMessages, LastMessages

# Health messages come each second.
_JUDGED: Final = 30
_QUANTILES: Final = {"p50": "0.5", "p99": "0.99", "max": "1"}
Figures = Mapping[str, float]


class Figure(NamedTuple):
    """A metric of a deck. `read` returns its values by the label's value; without a label, the only key is ""."""

    kind: Any
    name: str
    text: str
    read: Callable[[DeckMessages], Figures]
    label: str = ""


def _quantiles(key: str) -> Callable[[DeckMessages], Figures]:
    def read(messages: DeckMessages) -> Figures:
        measured = messages.latest.get("health", {}).get(key, {})
        return {_QUANTILES[part]: us / 1e6 for part, us in measured.items() if us is not None}

    return read


def _health(key: str) -> Callable[[DeckMessages], Figures]:
    return lambda messages: _given(messages.latest.get("health", {}).get(key))


def _ports(messages: DeckMessages) -> Figures:
    ports = messages.latest.get("health", {}).get("ports", {})
    return {port: int(str(state).startswith("open")) for port, state in ports.items()}


def _disk_faults(messages: DeckMessages) -> Figures:
    faults = messages.latest.get("health", {}).get("disk", {})
    return {what: int(what in faults) for what in ("recording", "savepoints")}


def _playing(messages: DeckMessages) -> Figures:
    state = _transport(messages).get("state")
    return _given(None if state is None else int(state == "playing"))


def _tempo(messages: DeckMessages) -> Figures:
    return _given(_transport(messages).get("tempo"))


def _transport(messages: DeckMessages) -> dict[str, Any]:
    transport: dict[str, Any] = messages.latest.get("state", {}).get("transport", {})
    return transport


def _given(value: float | None) -> Figures:
    return {} if value is None else {"": value}


_LATE: Final = "How late note messages were in the last 10 s."
_STEP: Final = "How long a tick took to compose in the last 10 s."
# The first one is shown even while no messages arrive.
_FIGURES: Final = (
    Figure(CounterMetricFamily, "edmd_notes", "Notes sent.", lambda messages: messages.notes, "voice"),
    Figure(GaugeMetricFamily, "edmd_lateness_seconds", _LATE, _quantiles("lateness_us"), "quantile"),
    Figure(GaugeMetricFamily, "edmd_step_seconds", _STEP, _quantiles("step_us"), "quantile"),
    Figure(
        CounterMetricFamily,
        "edmd_underruns",
        "Ticks that came too late for the player.",
        _health("underruns"),
    ),
    Figure(CounterMetricFamily, "edmd_ticks", "Ticks composed.", _health("ticks")),
    Figure(GaugeMetricFamily, "edmd_resident_memory_bytes", "Memory of the composer.", _health("rss_bytes")),
    Figure(
        GaugeMetricFamily,
        "edmd_uptime_seconds",
        "How long the daemon has been running.",
        _health("uptime_seconds"),
    ),
    Figure(GaugeMetricFamily, "edmd_port_open", "Whether a MIDI port is open.", _ports, "port"),
    Figure(
        GaugeMetricFamily,
        "edmd_disk_fault",
        "Whether the disk does not take what is to be written.",
        _disk_faults,
        "what",
    ),
    Figure(GaugeMetricFamily, "edmd_playing", "Whether the music plays.", _playing),
    Figure(GaugeMetricFamily, "edmd_tempo_bpm", "Beats a minute.", _tempo),
)

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Return 200 while messages from the daemon arrive and say that it is healthy, else 503 with what is wrong."""
    event_stream: EventStream = current_app.extensions["event_stream"]
    wrong = _wrong(event_stream.last) if event_stream.is_alive else ["no messages from the daemon"]
    return jsonify({"status": "; ".join(wrong) or "ok"}), 503 if wrong else 200


def _wrong(last: LastMessages) -> list[str]:
    """Judge as `edmd health` does, over the health messages of the last seconds. The panel itself can play without MIDI."""
    found = {}
    for deck, messages in last.by_deck().items():
        latest = messages.latest
        history = last.history(deck)["health"][-_JUDGED:]
        before = history[0] if history else {}
        found[deck] = complaints(latest.get("health", {}), latest.get("state", {}), before, needs_midi=False)
    return of_decks(found)


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
        """Yield all metrics. If there are several decks, each figure of a deck has the label `deck`."""
        alive = self._event_stream.is_alive
        yield GaugeMetricFamily("edmd_up", "Whether messages from the daemon arrive.", int(alive))
        yield GaugeMetricFamily("edmd_panel_pages", "Open pages of the panel.", self._event_stream.pages)
        decks = self._event_stream.last.by_deck()
        for figure in _FIGURES if alive else _FIGURES[:1]:
            if (metric := _metric(figure, decks)).samples:
                yield metric


def _metric(figure: Figure, decks: Mapping[str, DeckMessages]) -> Metric:
    named = len(decks) > 1
    labels = [*(["deck"] if named else []), *([figure.label] if figure.label else [])]
    family: Metric = figure.kind(figure.name, figure.text, labels=labels)
    for deck, messages in decks.items():
        for own, value in figure.read(messages).items():
            given = [*([deck] if named else []), *([own] if figure.label else [])]
            family.add_metric(given, value)  # type: ignore[attr-defined]  # every kind used here has this method
    return family
