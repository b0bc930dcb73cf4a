"""The settings with which roles start, from the configuration."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from daemon.config import Config, state_folder
from daemon.input.role import InputSettings
from daemon.player.link import PlayerSettings, TimeSettings
from daemon.player.mpe import MPE, MPE_PORT


@dataclass(frozen=True)
class ComposerSettings:
    """The settings with which a composer starts. If `seed` or `bars` is None, the configuration decides.

    `daemon` is a name that no other daemon has or had. `is_again` is True if a composer has worked before this one.
    `resumes` is the name of an earlier daemon whose set goes on; "" for none.
    """

    config: Config
    seed: int | None = None
    bars: int | None = None
    record: Path | None = None
    daemon: str = field(default_factory=lambda: f"{os.getpid()}-{time.time_ns()}")
    is_again: bool = False
    resumes: str = ""


def player_settings(config: Config) -> PlayerSettings:
    """Return the player's settings from the configuration."""
    routes = config.midi.routes
    return PlayerSettings(
        api=config.midi.api,
        midi_clock=bool(config.midi.clock),
        clock_ports=config.midi.clock if isinstance(config.midi.clock, tuple) else None,
        channels={voice: route.channel for voice, route in routes.items()},
        routes={voice: route.port for voice, route in routes.items()},
        more={v: (*r.also, *([(MPE_PORT, MPE)] if v in config.midi.mpe else [])) for v, r in routes.items()},
        programs=config.midi.voices_with_programs(),
        effects=config.midi.voices_with_effects(),
        instruments=config.midi.instruments,
        wiring=state_folder(config.source) / "wiring.json",
        time=TimeSettings(
            config.time.source,
            config.time.fallback,
            config.time.spp,
            config.time.offset,
            config.time.link_start_stop,
            config.midi.delays(),
        ),
    )


def input_settings(config: Config) -> InputSettings:
    """Return the settings of the input role from the configuration."""
    return InputSettings(config.midi.api, config.midi.inputs)
