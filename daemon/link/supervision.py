"""The messages between the supervisor and a role."""

from typing import Literal

from msgspec import Struct

Role = Literal["composer", "gateway", "input", "panel", "player", "standby"]


class Attach(Struct, frozen=True, tag=True):
    """The socket of a new link to `role` comes with this message. It replaces the earlier link to `role`."""

    role: Role


class Promote(Struct, frozen=True, tag=True):
    """Make the standby the player. `succeeds` is True if an earlier player may have left notes sounding."""

    succeeds: bool


class End(Struct, frozen=True, tag=True):
    """End in an orderly way."""


class Ready(Struct, frozen=True, tag=True):
    """The process now works as `role`; `facts` are values for the user, such as addresses, by name."""

    role: Role
    facts: dict[str, str]


class Alive(Struct, frozen=True, tag=True):
    """A sign of life, sent a few times a second."""


class Replace(Struct, frozen=True, tag=True):
    """Put another process in the place of `role`, because of `why`."""

    role: Role
    why: str


class Say(Struct, frozen=True, tag=True):
    """Print `line` for the user."""

    line: str


class Over(Struct, frozen=True, tag=True):
    """The performance is over: a composer has played its last bar, or a player has ended and no note sounds."""


class Failed(Struct, frozen=True, tag=True):
    """The role cannot do its work, and another process could not either; `message` is a sentence for the user."""

    message: str


ToRole = Attach | Promote | End
FromRole = Ready | Alive | Replace | Say | Over | Failed
