"""A role that does what a test asks for."""

import time

from daemon.link.role import Links, RoleFailedError
from daemon.link.supervision import Ready


def run(links: Links, wish: str) -> None:
    match wish:
        case "fail":
            raise RoleFailedError("there is no such thing")
        case "crash":
            assert 1 / 0
        case "hang":
            links.send(Ready("gateway", {}))
            time.sleep(60)
    while not links.is_ending:
        list(links.attached())
        time.sleep(0.01)
