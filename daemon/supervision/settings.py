"""What the roles are started with, read from the configuration."""

from dataclasses import dataclass
from pathlib import Path

from daemon.config import Config
from daemon.player.link import PlayerSettings


@dataclass(frozen=True)
class ComposerSettings:
    """What a composer is started with; `seed` and `bars` None are as the configuration has them."""

    config: Config
    seed: int | None = None
    bars: int | None = None
    record: Path | None = None


def player_settings(config: Config) -> PlayerSettings:
    """Return what the configuration says of the player."""
    routes = config.midi.routes
    return PlayerSettings(
        api=config.midi.api,
        midi_clock=config.midi.clock,
        channels={voice: route.channel for voice, route in routes.items()},
        routes={voice: route.port for voice, route in routes.items()},
        programs=config.midi.voices_with_programs(),
        compose_ahead=config.play.compose_ahead,
    )
