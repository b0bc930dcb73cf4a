"""Verified bundles that the supervisor reads before it forks composers, so that these need not read them."""

from typing import Final

from daemon.config import Config
from daemon.music.systems.table import NETWORKLESS
from models import bundle as bundles
from models.bundle import Bundle
from models.manifest import GAUGE, MODEL, Kind

# The bundle whose director's tables are used with systems that have no bundle.
_PLANS: Final = "edm"
_verified: Final[dict[tuple[str, Kind], Bundle]] = {}


def preload(config: Config) -> None:
    """Read and verify the bundles of a configuration, once. Raises BundleError if one cannot be used."""
    for name in dict.fromkeys((planning(config.play.model), *filter(None, config.parts.values()))):
        if (name, MODEL) not in _verified and name not in NETWORKLESS:
            model = _verified[name, MODEL] = bundles.load(name)
            _ = model.digest, model.arrangement, model.groove  # computed once, because they are cached
    if config.gauge and (config.gauge, GAUGE) not in _verified:
        _verified[config.gauge, GAUGE] = bundles.load(config.gauge, GAUGE)


def planning(model: str) -> str:
    """Return the name of the bundle with the director's tables: the model itself, or `edm` for a system without networks."""
    return _PLANS if model in NETWORKLESS else model


def bundle_named(name: str, kind: Kind = MODEL) -> Bundle:
    """Return a preloaded bundle, or read and verify it. Raises BundleError."""
    known = _verified.get((name, kind))
    return known if known is not None else bundles.load(name, kind)
