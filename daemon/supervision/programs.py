"""The roles of a daemon, and how each is started. A gateway will be added here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from socket import socket
from typing import Any

from daemon.link.supervision import Role
from daemon.supervision.child import Facts, Program
from daemon.supervision.launch import Process, launch
from daemon.supervision.panel import start_panel, stays_ended
from daemon.supervision.settings import ComposerSettings, player_settings


def programs_of(composer: ComposerSettings, panel: Sequence[str] | None) -> Mapping[Role, Program]:
    """Return the roles in the order of their start. `panel` holds the panel's arguments; None means no panel."""
    player = player_settings(composer.config)
    programs: dict[Role, Program] = {
        "standby": _forked("standby", "daemon.player.role", lambda _: player, "jack"),
        "composer": _forked("composer", "daemon.composer.role", lambda facts: _rebound(composer, facts)),
    }
    if panel is not None:
        programs["panel"] = Program(lambda facts, _: _panel(panel, facts), stays_ended=stays_ended)
    return programs


def _forked(role: Role, module: str, settings: Callable[[Facts], Any], *preload: str) -> Program:
    def start(facts: Facts, leave: Callable[[], None]) -> tuple[Process, socket]:
        return launch(role, module, settings(facts), leave=leave)

    return Program(start, (module, *preload))


def _panel(words: Sequence[str], facts: Facts) -> tuple[Process, None]:
    return start_panel([*words, "--endpoint", facts["control"], "--telemetry", facts["telemetry"]]), None


def _rebound(settings: ComposerSettings, facts: Facts) -> ComposerSettings:
    """Return the settings with the addresses of the previous composer, because clients use these."""
    config = settings.config
    return replace(
        settings,
        is_again="model" in facts,
        config=replace(
            config,
            control_bind=facts.get("control", config.control_bind),
            telemetry_bind=facts.get("telemetry", config.telemetry_bind),
        ),
    )
