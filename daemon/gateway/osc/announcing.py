"""Announcing the OSC port on the local network by mDNS, so that apps list it. Without zeroconf nothing is announced."""

import importlib.util
import logging
import socket
import threading
from collections.abc import Callable
from typing import Final

from daemon.control.endpoints import is_loopback

SERVICE: Final = "_osc._udp.local."
_log: Final = logging.getLogger(__name__)
_GOODBYE_SECONDS: Final = 0.3


def announce(host: str, port: int) -> Callable[[], None]:
    """Announce `port` until the returned function is called. A loopback address is not announced: nobody could reach it."""
    if is_loopback(host) or importlib.util.find_spec("zeroconf") is None:
        return lambda: None
    ended = threading.Event()
    # Registering waits for answers of the network for a second, which the gateway's loop must not.
    thread = threading.Thread(target=_announced, args=(host, port, ended), name="mdns", daemon=True)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join(_GOODBYE_SECONDS)

    return end


def addresses() -> list[str]:
    """Return the IPv4 addresses at which other machines reach this one."""
    import ifaddr  # noqa: PLC0415 - comes with zeroconf

    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    return [each for each in found if not is_loopback(each)]


def _announced(host: str, port: int, ended: threading.Event) -> None:
    from zeroconf import ServiceInfo, Zeroconf  # noqa: PLC0415 - optional, and slow to import

    name = socket.gethostname().partition(".")[0] or "edmd"
    is_any = host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
    try:
        info = ServiceInfo(
            SERVICE,
            f"edmd {name}.{SERVICE}",
            port=port,
            properties={"txtvers": "1"},
            server=f"{name}.local.",
            parsed_addresses=addresses() if is_any else [host],
        )
        with Zeroconf() as network:
            network.register_service(info, allow_name_change=True)
            ended.wait()
    except Exception as error:  # noqa: BLE001 - the library raises many kinds; none matters to the music
        _log.warning("the OSC port is not announced on the network: %s", error)
