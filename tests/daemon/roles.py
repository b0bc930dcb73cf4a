"""A role as a process of its own, with this process as its supervisor."""

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any

from daemon.link.channel import Channel, socket_pair
from daemon.link.supervision import Attach, End, FromRole, Promote, Ready, Role, ToRole
from daemon.player.link import PlayerSettings
from daemon.supervision.launch import CAN_FORK, launch


class RoleProcess:
    """Starts a role; `said` is what it told its supervisor, signs of life included."""

    def __init__(self, role: Role, module: str, settings: Any, *, forks: bool = CAN_FORK) -> None:
        self.process, sock = launch(role, module, settings, forks=forks)
        self.channel = Channel[FromRole, ToRole](sock, FromRole, "supervisor")
        self.said: list[FromRole] = []

    def until(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline
            self.listen()
            time.sleep(0.005)

    def listen(self) -> None:
        with contextlib.suppress(EOFError):
            for message in self.channel.receive():
                self.said.append(message)

    def is_ready(self) -> bool:
        return any(isinstance(each, Ready) for each in self.said)

    def attach(self, role: Role) -> socket.socket:
        """Give it a link to `role`; the other end of that."""
        ours, theirs = socket_pair()
        self.channel.send(Attach(role), theirs)
        return ours

    def end(self) -> int | None:
        """Let it end; its exit code."""
        self.channel.send(End())
        code = self.process.wait()
        self.channel.close()
        return code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.channel.close()


def player_process(
    settings: PlayerSettings, *, succeeds: bool = False, forks: bool = CAN_FORK
) -> RoleProcess:
    """A player whose ports are open."""
    player = RoleProcess("standby", "daemon.player.role", settings, forks=forks)
    player.channel.send(Promote(succeeds))
    try:
        player.until(lambda: sum(isinstance(each, Ready) for each in player.said) == 2)
    except BaseException:
        player.kill()
        raise
    return player
