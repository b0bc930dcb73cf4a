"""Verified bundles that the supervisor reads before it forks composers, so that these need not read them."""

from typing import Final

from daemon.config import Config
from models import bundle as bundles
from models.bundle import Bundle
from models.manifest import GAUGE, MODEL, Kind

_verified: Final[dict[tuple[str, Kind], Bundle]] = {}


def preload(config: Config) -> None:
    """Read and verify the bundles of a configuration, once. Raises BundleError if one cannot be used."""
    if (config.play.model, MODEL) not in _verified:
        model = _verified[config.play.model, MODEL] = bundles.load(config.play.model)
        _ = model.digest, model.arrangement, model.groove  # computed once, because they are cached
    if config.gauge and (config.gauge, GAUGE) not in _verified:
        _verified[config.gauge, GAUGE] = bundles.load(config.gauge, GAUGE)


def bundle_named(name: str, kind: Kind = MODEL) -> Bundle:
    """Return a preloaded bundle, or read and verify it. Raises BundleError."""
    known = _verified.get((name, kind))
    return known if known is not None else bundles.load(name, kind)
