"""Verified bundles that the supervisor reads before it forks composers, so that these need not read them."""

from typing import Final

from daemon.config import Config
from daemon.music.systems.table import NETWORKLESS
from models import bundle as bundles
from models.bundle import Bundle
from models.manifest import GAUGE, MODEL, Kind

# The bundle that plans, and plays what the chosen model does not, if that has no plans.
_PLANS: Final = "edm"
_verified: Final[dict[tuple[str, Kind], Bundle]] = {}


def preload(config: Config) -> None:
    """Read and verify the bundles of a configuration, once. Raises BundleError if one cannot be used."""
    for name in (config.play.model, *filter(None, config.parts.values())):
        _preload_model(name)
    _preload_model(planning(config.play.model))
    if config.gauge and (config.gauge, GAUGE) not in _verified:
        _verified[config.gauge, GAUGE] = bundles.load(config.gauge, GAUGE)


def _preload_model(name: str) -> None:
    if (name, MODEL) not in _verified and name not in NETWORKLESS:
        model = _verified[name, MODEL] = bundles.load(name)
        _ = model.digest, model.groove, model.vocabulary  # computed once, because they are cached
        if model.is_whole:
            _ = model.arrangement


def planning(model: str) -> str:
    """Return the name of the bundle that plans: the model itself, or `edm` for one that does not play alone.

    Raises BundleError if the model cannot be read.
    """
    return model if model not in NETWORKLESS and bundle_named(model).is_whole else _PLANS


def bundle_named(name: str, kind: Kind = MODEL) -> Bundle:
    """Return a preloaded bundle, or read and verify it. Raises BundleError."""
    known = _verified.get((name, kind))
    return known if known is not None else bundles.load(name, kind)
