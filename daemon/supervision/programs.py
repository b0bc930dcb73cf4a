"""The roles of a daemon, and how each is started."""

import importlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from socket import socket
from typing import Any

from daemon.gateway.role import GatewaySettings
from daemon.link.supervision import Role
from daemon.supervision.child import Facts, Program
from daemon.supervision.launch import CAN_FORK, Process, launch
from daemon.supervision.panel import start_panel, stays_ended
from daemon.supervision.settings import ComposerSettings, input_settings, player_settings


def programs_of(
    composer: ComposerSettings, panel: Sequence[str] | None, *, opens: bool = False
) -> Mapping[Role, Program]:
    """Return the roles in the order of their start. `panel` holds the panel's arguments; None means no panel.

    If it `opens`, the page is opened in the browser when the panel starts for the first time.
    """
    config = composer.config
    player, inputs = player_settings(config), input_settings(config)
    gateway = GatewaySettings(
        control_bind=config.control_bind,
        telemetry_bind=config.telemetry_bind,
        recordings=config.recording_folder,
        presets=config.preset_folder,
        osc=config.osc,
        maps=config.maps,
        pid=os.getpid(),
        started=time.time(),
        began_seconds=time.monotonic(),
        keys=config.keys if config.curve else None,
        schedule=config.schedule,
    )
    programs: dict[Role, Program] = {
        "standby": _forked("standby", "daemon.player.role", lambda _: player, "jack"),
        "gateway": _forked("gateway", "daemon.gateway.role", lambda facts: _rebound(gateway, facts)),
        "input": _forked("input", "daemon.input.role", lambda _: inputs),
        "composer": _forked(
            "composer",
            "daemon.composer.role",
            lambda facts: replace(composer, is_again="model" in facts),
            forks=CAN_FORK and not _may_use_cuda(config.play.provider),
        ),
    }
    if panel is not None:
        once = iter(("--open",) if opens else ())
        programs["panel"] = Program(
            lambda facts, _: _panel([*panel, *islice(once, 1)], facts), stays_ended=stays_ended
        )
    return programs


def _forked(
    role: Role, module: str, settings: Callable[[Facts], Any], *preload: str, forks: bool = CAN_FORK
) -> Program:
    def start(facts: Facts, leave: Callable[[], None]) -> tuple[Process, socket]:
        prepare = getattr(importlib.import_module(module), "prepare", None)
        if prepare is not None and forks:
            prepare(settings(facts))
        return launch(role, module, settings(facts), forks=forks, leave=leave)

    return Program(start, (module, *preload))


def _may_use_cuda(provider: str) -> bool:
    """Return whether a composer may use CUDA, which a forked process cannot rely on."""
    return provider != "cpu" and Path("/dev/nvidiactl").exists()


def _panel(words: Sequence[str], facts: Facts) -> tuple[Process, None]:
    return start_panel([*words, "--endpoint", facts["control"], "--telemetry", facts["telemetry"]]), None


def _rebound(settings: GatewaySettings, facts: Facts) -> GatewaySettings:
    """Return the settings with the addresses of the previous gateway, because clients use these."""
    return replace(
        settings,
        control_bind=facts.get("control", settings.control_bind),
        telemetry_bind=facts.get("telemetry", settings.telemetry_bind),
    )
