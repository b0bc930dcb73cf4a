"""The supervisor starts the roles, watches them, restarts them by one policy, and ends them. It does nothing else."""

import importlib
import logging
import selectors
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from daemon.allowance import MUSIC_NICENESS, set_niceness
from daemon.link.channel import socket_pair
from daemon.link.supervision import Failed, FromRole, Over, Ready, Replace, Role, Say
from daemon.supervision.child import Child, Program
from daemon.supervision.notify import Notifier
from daemon.supervision.policy import History
from daemon.supervision.wakeup import Wakeup

LINKED: Final[tuple[tuple[Role, Role], ...]] = (
    ("gateway", "composer"),
    ("gateway", "player"),
    ("composer", "player"),
    ("player", "standby"),
    ("input", "player"),
    ("input", "gateway"),
)
"""Which roles talk to each other."""

_OPTIONAL: Final[frozenset[Role]] = frozenset({"standby", "input", "panel"})
"""The music goes on without these roles."""

_TURN_SECONDS: Final = 0.1
# If two checks of the roles are farther apart than this, the supervisor itself was delayed: their silence is ignored.
_HELD_UP_SECONDS: Final = 0.5
_SIGN_OF_LIFE_SECONDS: Final = 2.0
_SILENCE_SECONDS: Final = 1.0
_SUCCESSION_SECONDS: Final = 3.0
_END_SECONDS: Final = 2.0
_ALONE_SECONDS: Final = 1.0
_log: Final = logging.getLogger(__name__)


class SupervisionError(Exception):
    """The roles cannot do their work; the text is a sentence for the user."""


class Supervisor:
    """Runs `programs`, in their order. "player" has no program, because a player is a promoted standby.

    `say` prints a line for the user, `notifier` tells a service manager. `has_failed` is True if a role
    failed while it ended, and so lost unsaved data.
    """

    def __init__(
        self,
        programs: Mapping[Role, Program],
        say: Callable[[str], None],
        notifier: Notifier | None = None,
    ) -> None:
        self.has_failed = False
        self._notifier = Notifier() if notifier is None else notifier
        self._facts: dict[str, str] = {}
        self._programs, self._say = programs, say
        self._children: dict[Role, Child] = {}
        self._histories: dict[Role, History] = {}
        self._due: dict[Role, float] = {}
        self._selector = selectors.DefaultSelector()
        self._wakeup = Wakeup()
        self._looked_seconds = time.monotonic()
        self._is_over = self._is_ending = self._is_running = self._is_silent = False

    def run(self) -> None:
        """Run until SIGINT, SIGTERM, SIGHUP or the last bar; on return nothing sounds and no process is left.

        Raises SupervisionError when a role cannot do its work.
        """
        set_niceness(MUSIC_NICENESS)
        with self._wakeup as wakeup:
            self._selector.register(wakeup, selectors.EVENT_READ)
            try:
                while not (self._is_over or wakeup.signalled):
                    self._fill()
                    self._turn()
            finally:
                self._end()

    # --- watching ---

    def _turn(self) -> None:
        self._selector.select(_TURN_SECONDS)
        now = time.monotonic()
        if now - self._looked_seconds > _HELD_UP_SECONDS:
            for child in self._children.values():
                child.heard_seconds = now
        self._looked_seconds = now
        for child in [*self._children.values()]:
            try:
                for message in child.receive(now):
                    self._hear(child, message)
            except EOFError:
                self._bury(child, "died")
            else:
                if child.is_hanging(now):
                    self._bury(child, "hangs")
        if not self._is_ending and all(map(self._is_alive, self._needed())):
            self._notifier.alive(now)

    def _hear(self, child: Child, message: FromRole) -> None:
        match message:
            case Ready(role, facts) if role == child.role:
                self._histories[role] = self._history(role).worked()
                self._facts |= facts
                self._greet()
            case Replace(role, why) if role in self._children:
                _log.warning("%s; another %s takes over", why, role)
                self._bury(self._children[role], "")
            case Say(line):
                self._say(line)
            case Over() if child.role == "player":
                self._is_silent = True
            case Over():
                self._is_over = True
            case Failed(sentence) if not self._is_ending:
                if not self._history(child.role).has_worked:
                    raise SupervisionError(sentence)
                _log.warning("%s: %s", child.role, sentence)  # one has worked, so the next one can work too
            case _:
                pass

    def _greet(self) -> None:
        if not self._is_running and all(map(self._is_ready, self._needed())):
            self._is_running = True
            self._say(_greeting(self._facts))
            self._notifier.ready(f"plays {self._facts.get('model', '')}")

    def _bury(self, child: Child, why: str) -> None:
        """Remove a process that has ended or hangs, and set the time at which another one starts."""
        role, now = child.role, time.monotonic()
        if self._children.get(role) is not child:
            return
        del self._children[role]
        if (number := child.fileno()) is not None:
            self._selector.unregister(number)
        code = child.bury()
        worked_seconds = 0.0 if child.ready_seconds is None else now - child.ready_seconds
        history = self._histories[role] = self._history(role).died(worked_seconds)
        self._due[role] = now + history.wait_seconds
        if child.program.stays_ended(code, now - child.began_seconds):
            self._due[role] = float("inf")
            return
        if self._is_ending:
            # A process that was killed had no data to save, or hung.
            self.has_failed = self.has_failed or (code or 0) > 0
            return
        if history.is_hopeless and role not in _OPTIONAL:
            raise SupervisionError(
                f"the {role} process ends as soon as it starts; `edmd doctor` shows what is missing"
            )
        if why:
            _log.warning("the %s %s; another one takes over", role, why)

    # --- starting ---

    def _fill(self) -> None:
        """Start each role that has no process, when it is time for that."""
        for role in self._roles():
            if (
                role not in self._children
                and time.monotonic() >= self._due.get(role, 0.0)
                and self._may_start(role)
            ):
                self._start(role)

    def _may_start(self, role: Role) -> bool:
        """Return whether a role may start.

        The first composer starts when clients can reach the gateway, because the music begins with it. The standby starts
        some time after the player, and other optional roles start when the music plays.
        """
        if role == "composer":
            return "gateway" not in self._programs or self._history("gateway").has_worked
        if role == "standby":
            player = self._children.get("player")
            ready_seconds = None if player is None else player.ready_seconds
            return ready_seconds is not None and time.monotonic() - ready_seconds > _ALONE_SECONDS
        return self._is_running or role not in _OPTIONAL

    def _start(self, role: Role) -> None:
        try:
            if role == "player":
                self._promote()
            else:
                self._launch(role)
        except OSError as error:
            self._histories[role] = self._history(role).died(0.0)
            self._due[role] = time.monotonic() + max(self._history(role).wait_seconds, 1.0)
            _log.warning("cannot start the %s process: %s; edmd tries again", role, error)

    def _launch(self, role: Role) -> None:
        program = self._programs[role]
        for module in program.preload:
            with suppress(ImportError, OSError):  # the process itself reports what is missing
                importlib.import_module(module)
        process, sock = program.start(self._facts, self._leave)
        child = self._children[role] = Child(role, program, process, sock, time.monotonic())
        if (number := child.fileno()) is not None:
            self._selector.register(number, selectors.EVENT_READ)
        self._connect(role)

    def _promote(self) -> None:
        if "standby" not in self._children:
            self._launch("standby")
        child = self._children["player"] = self._children.pop("standby")
        child.promote(time.monotonic(), succeeds=self._history("player").has_worked)
        self._connect("player")

    def _connect(self, role: Role) -> None:
        """Link a new process to those it talks to."""
        for pair in LINKED:
            if role in pair and all(each in self._children for each in pair):
                first, second = (self._children[each] for each in pair)
                for child, other, sock in zip((first, second), reversed(pair), socket_pair(), strict=True):
                    child.attach(other, sock)

    def _leave(self) -> None:
        """Close the supervisor's files in a forked process."""
        for child in self._children.values():
            child.leave()
        self._selector.close()
        self._wakeup.close()

    # --- ending ---

    def _end(self) -> None:
        """End all roles: first the player, so that no note sounds. The other roles then save their data."""
        self._is_ending = True
        self._notifier.stopping()
        self._end_player(_SILENCE_SECONDS)
        if not self._is_silent and self._history("player").has_worked:
            self._start("player")  # the player hangs or has just died: another one ends its notes
            self._turn_while(
                lambda: "player" in self._children and not self._is_ready("player"), _SUCCESSION_SECONDS
            )
            self._end_player(_SILENCE_SECONDS)
        for child in [*self._children.values()]:
            if child.ready_seconds is None and child.role in {"composer", "gateway"}:
                self._bury(child, "")  # it has no data to save
            elif child.role != "player":
                child.end(time.monotonic())
        self._turn_while(self._is_any_alive)
        for child in [*self._children.values()]:
            self._bury(child, "")
        self._selector.close()

    def _end_player(self, seconds: float) -> None:
        """End the player. Kill it if it does not end within `seconds`."""
        self._is_silent = False
        if (player := self._children.get("player")) is not None:
            player.end(time.monotonic())
            self._turn_while(lambda: "player" in self._children and not self._is_silent, seconds)
            if not self._is_silent:
                self._bury(player, "")

    def _is_any_alive(self) -> bool:
        now = time.monotonic()
        return any(now - child.heard_seconds < _END_SECONDS for child in self._children.values())

    def _turn_while(self, is_so: Callable[[], bool], seconds: float = float("inf")) -> None:
        deadline = time.monotonic() + seconds
        while is_so() and time.monotonic() < deadline:
            self._turn()

    # --- looking up ---

    def _roles(self) -> tuple[Role, ...]:
        return ("player", *self._programs)

    def _needed(self) -> list[Role]:
        return [role for role in self._roles() if role not in _OPTIONAL]

    def _history(self, role: Role) -> History:
        return self._histories.get(role, History())

    def _is_ready(self, role: Role) -> bool:
        return role in self._children and self._children[role].ready_seconds is not None

    def _is_alive(self, role: Role) -> bool:
        """Return whether a role works, and gave a sign of life a moment ago."""
        return (
            self._is_ready(role)
            and time.monotonic() - self._children[role].heard_seconds < _SIGN_OF_LIFE_SECONDS
        )


def _greeting(facts: Mapping[str, str]) -> str:
    """Return the line that says what plays, and how to reach it."""
    where = facts["midi"] or "MIDI ports: edmd melody, edmd percussion"
    return f"edmd plays {facts['model']}, seed {facts['seed']}; control at {facts['control']}. {where}"
