"""The table of a page in docs/systems/: a system that plays symbols beside the published network, of docs/symbols.json."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.imports import ROOT
from tests.markdown import markdown

FIGURES: Final = ROOT / "docs" / "symbols.json"
_Row = tuple[str, ...]


def table(name: str) -> str:
    """Return the figures of a system."""
    told: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}
    if not {name, f"{name}-published"} <= told.keys():
        return "Not measured yet."
    ours, published = told[name], told[f"{name}-published"]
    rows = [*_held_out(ours, published), *_others(ours, published)]
    refused = "; ".join(f"{why}: {count}" for why, count in ours["round_trip"]["refused"].items())
    head = ("figure", f"`{name}`", f"`{name}-published`", "n-gram with copies")
    return f"{markdown(head, rows)}\n\nRefused files, by reason: {refused}."


def _held_out(ours: Mapping[str, Any], published: Mapping[str, Any]) -> Iterator[_Row]:
    """Yield the figures of held-out songs; those of leads alone stand beside the published network where there are any."""
    own, other = ours["held_out"], published["held_out"]
    kinds = [("", ""), ("_lead_alone", ", lead alone")] if "network_lead_alone" in own else [("", "")]
    for suffix, words in kinds:
        network, is_beside = own[f"network{suffix}"], suffix == kinds[-1][0]
        beside = other["network"] if is_beside else {}
        ngram = _interval(own[f"ngram{suffix}"]["nats"])
        yield f"nats per symbol{words}", _interval(network["nats"]), _interval(beside.get("nats")), ngram
        yield f"accuracy{words}", _interval(network["accuracy"]), _interval(beside.get("accuracy")), ""
    if "against_published" in ours:
        yield "difference in nats, same symbols", _interval(ours["against_published"]), "", ""


def _others(ours: Mapping[str, Any], published: Mapping[str, Any]) -> Iterator[_Row]:
    pair = (ours, published)
    for key in (key for key in ours["round_trip"] if key != "refused"):
        yield key.replace("_", " "), *(str(each["round_trip"][key]) for each in pair), ""
    for key in ours["played"]:
        yield f"played: {key.replace('_', ' ')}", *(str(each["played"][key]) for each in pair), ""
    if all("live" in each for each in pair):
        yield (
            "live: underruns, lateness p99",
            *(f"{each['live']['underruns']}, {each['live']['lateness_us']['p99']:.0f} µs" for each in pair),
            "",
        )
    for key in ("parameters", "minutes"):
        yield key, *(str(each["training"]["melody"].get(key, "")) for each in pair), ""


def _interval(row: Mapping[str, float] | None) -> str:
    return f"{row['mean']:.3f} ({row['low']:.3f} to {row['high']:.3f})" if row else ""
