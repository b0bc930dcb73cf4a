"""The checks of `edmd doctor`: what edmd finds on this machine, and how to fix what is missing."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from daemon.about import package_version
from daemon.config import Config, ConfigError, load_config
from daemon.player.timing.realtime import become_realtime

if TYPE_CHECKING:  # importing it would load the networks' runtime
    from daemon.music.ensemble.ensemble import Ensemble

_PANEL: Final = {"flask": "flask", "waitress": "waitress", "prometheus_client": "prometheus-client"}
_TRAINING: Final = {"torch": "torch", "lightning": "lightning", "symusic": "symusic"}
_LINK: Final = {"link": "LinkPython-extern"}


class Check(NamedTuple):
    """The result of one check. `mend` says how to fix it, or is "" if nothing is missing."""

    name: str
    works: bool
    found: str
    mend: str = ""


def configuration(path: Path | None) -> tuple[Config | None, Check]:
    """Load the configuration; it is None if it has errors."""
    try:
        config = load_config(path)
    except ConfigError as error:
        return None, Check("configuration", False, "it has errors", "; ".join(error.errors))
    return config, Check("configuration", not config.warnings, str(config.source), "; ".join(config.warnings))


def processors() -> Check:
    """Count the processors."""
    count = os.cpu_count() or 1
    mend = "" if count > 1 else "composing and playing share one processor: close other programs"
    return Check("processors", count > 1, str(count), mend)


def midi() -> list[Check]:
    """Check each MIDI system that the driver knows, and list its ports."""
    from daemon.player.ports.outputs import PortError
    from daemon.player.ports.ports import examine

    try:
        found = examine()
    except PortError as error:
        problem, _, mend = str(error).rpartition(": ")
        return [Check("midi", False, problem, mend)]
    return [
        Check(
            f"midi {one.api}",
            one.works,
            ", ".join(one.ports) or ("no other ports" if one.works else "absent"),
            one.mend,
        )
        for one in found
    ]


def runtime() -> Check:
    """List the providers that can run the networks."""
    import onnxruntime

    return Check("onnxruntime", True, ", ".join(onnxruntime.get_available_providers()))


def model(config: Config | None) -> tuple[Check, "Ensemble | None"]:
    """Check whether the configured model can be played, and on which provider."""
    from daemon.composer.assembly import start
    from models.bundle import BundleError
    from models.session import ProviderError

    config = config or load_config(Path(os.devnull))
    name, wanted = config.play.model, config.play.provider
    try:
        begun = start(config)
    except BundleError as error:
        return Check("model", False, f"{name} cannot be played", str(error)), None
    except ProviderError as error:
        return Check("model", False, f"{name} does not run on {wanted}", str(error)), None
    provider = begun.library.provider
    ensemble = begun.library.ensemble(begun.lineup)
    return Check("model", True, f"{name} on {provider.name} ({provider.why})"), ensemble


def gauge(config: Config | None) -> Check:
    """Check whether the configured gauge can be used."""
    from models.bundle import BundleError
    from models.gauge import Gauge

    name = config.gauge if config else "gauge"
    if name is None:
        return Check("gauge", True, "switched off ([gauge] enabled)")
    try:
        Gauge.load(name)
    except BundleError as error:
        return Check("gauge", False, f"{name} cannot be used", str(error))
    return Check("gauge", True, name)


def extras(config: Config | None) -> list[Check]:
    """Check the optional packages: scores, pictures, audio and a sound font, the panel, Link, training."""
    from exporters.formats import check_installed, need

    def installed(kind: str, suffix: str) -> Callable[[], None]:
        return lambda: check_installed(kind, suffix)

    return [
        _extra("score", installed("score", ".pdf"), "verovio", "typst"),
        _extra("picture", installed("picture", ".png"), "matplotlib"),
        _extra("audio", installed("audio", ".wav"), "libsonare", "pyfluidsynth", "scipy", "soundfile"),
        _sound_font(config),
        _extra("panel", lambda: need("the panel", "panel", tuple(_PANEL)), *_PANEL.values()),
        _extra("top", lambda: need("the view in the terminal", "top", ("textual",)), "textual"),
        _extra("link", lambda: need("Ableton Link", "link", tuple(_LINK)), *_LINK.values()),
        _extra("training", lambda: need("training", "train", tuple(_TRAINING)), *_TRAINING.values()),
    ]


def _extra(name: str, look: Callable[[], None], *packages: str) -> Check:
    from exporters.formats import MissingError

    try:
        look()
    except MissingError as error:
        return Check(name, False, "absent", str(error))
    return Check(name, True, ", ".join(f"{package} {package_version(package)}" for package in packages))


def _sound_font(config: Config | None) -> Check:
    """Check for a sound font. Without one the built-in synthesiser is enough; the text says how to get a better sound."""
    from exporters.formats import MissingError, instrument
    from exporters.soundfont import HOW_TO_GET_ONE, NoSoundFontError

    try:
        font = instrument(None, configured=config.soundfont if config else None)
    except (NoSoundFontError, MissingError) as error:
        return Check("sound font", False, "absent", str(error))
    built_in = (
        f"none: libsonare {package_version('libsonare')} plays; for more natural sounds, {HOW_TO_GET_ONE}"
    )
    return Check("sound font", True, str(font) if font else built_in)


def realtime() -> Check:
    """Ask for real-time scheduling, and keep it if granted."""
    granted = become_realtime()
    words, _, mend = granted.partition("; ")
    return Check("real-time", granted.startswith("real-time"), words, mend)
