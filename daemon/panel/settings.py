"""What a panel is started with."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from daemon.control.endpoints import is_loopback

LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """`control` and `telemetry` are the daemon's addresses; `config` and `overrides` are `-c` and `-o`, for songs.

    `folder` is the recordings folder.
    """

    control: str
    telemetry: str
    host: str
    port: int
    password: str = field(repr=False)
    folder: Path
    config: str | None = None
    overrides: tuple[str, ...] = ()
    soundfont: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = self.host if self.is_local else "127.0.0.1"
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
