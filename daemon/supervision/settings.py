"""The settings with which roles start, from the configuration."""

from dataclasses import dataclass
from pathlib import Path

from daemon.config import Config
from daemon.player.link import PlayerSettings


@dataclass(frozen=True)
class ComposerSettings:
    """The settings with which a composer starts. If `seed` or `bars` is None, the configuration decides."""

    config: Config
    seed: int | None = None
    bars: int | None = None
    record: Path | None = None


def player_settings(config: Config) -> PlayerSettings:
    """Return the player's settings from the configuration."""
    routes = config.midi.routes
    return PlayerSettings(
        api=config.midi.api,
        midi_clock=config.midi.clock,
        channels={voice: route.channel for voice, route in routes.items()},
        routes={voice: route.port for voice, route in routes.items()},
        programs=config.midi.voices_with_programs(),
        compose_ahead=config.play.compose_ahead,
    )
