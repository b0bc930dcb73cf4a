"""The shipped bundles that play symbols: they load, say where they come from, and predict better than n-grams."""

from typing import Any

import pytest

from models import bundle
from models.bundle import Bundle
from models.codecs.sequences import symbols_of

OURS = ("performance", "jazz", "pop", "folk")
PUBLISHED = ("jazz-published", "folk-published", "performance-published", "pop-published")
NONCOMMERCIAL = {"folk", "folk-published"}


def nats(made: Bundle, of: str = "network") -> float:
    """Return the held-out nats per symbol that the manifest states."""
    return float(made.manifest["held_out"][of]["nats"]["mean"])


@pytest.mark.parametrize("name", [*OURS, *PUBLISHED])
def test_it_is_found_by_its_name_with_its_papers(name: str) -> None:
    made = bundle.load(name)
    assert (made.name, made.parts) == (name, ("melody",))
    codec = symbols_of(made.vocabulary)
    assert codec.size == made.network("melody").settings["symbols"]
    data: list[dict[str, Any]] = made.manifest["data"]
    assert all(row["licence"] and row["credits"] for row in data)
    assert ("noncommercial" in made.folder.parts) == (name in NONCOMMERCIAL)
    if name in NONCOMMERCIAL:
        assert "non-commercial" in made.manifest["licence"]


@pytest.mark.parametrize("name", OURS)
def test_ours_predicts_better_than_an_n_gram_with_copies(name: str) -> None:
    made = bundle.load(name)
    assert nats(made) < nats(made, "ngram")


@pytest.mark.parametrize("name", PUBLISHED)
def test_ours_predicts_better_than_the_published_network(name: str) -> None:
    ours = bundle.load(name.removesuffix("-published"))
    # The published network of `performance` plays a lead alone.
    of = "network_lead_alone" if "network_lead_alone" in ours.manifest["held_out"] else "network"
    assert nats(ours, of) < nats(bundle.load(name))
