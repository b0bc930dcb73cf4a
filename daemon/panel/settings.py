"""The settings of a panel."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from daemon.control.curvekeys import Pair
from daemon.control.endpoints import is_loopback

LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Settings of a panel. `control` and `telemetry` are the daemon's addresses, `folder` is the recordings folder.

    `tls` is "" (none), "self" or the file of a certificate, `tls_key` that of its key if it is another one.
    `keys` are those of a client of a daemon with CURVE.
    `config` and `overrides` are the options `-c` and `-o`, for composing songs.
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
    tls: str = ""
    tls_key: str = ""
    keys: Pair | None = field(default=None, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the panel."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """The panel's address for a browser on this machine."""
        host = self.host if self.is_local else "127.0.0.1"
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"
