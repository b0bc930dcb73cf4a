"""What the supervisor and a role say to each other."""

from typing import Literal

from msgspec import Struct

Role = Literal["composer", "gateway", "panel", "player", "standby"]


class Attach(Struct, frozen=True, tag=True):
    """A socket comes with this: the role's link to `role` from now on, in place of the one before it."""

    role: Role


class Promote(Struct, frozen=True, tag=True):
    """The standby is the player from now on. `succeeds`: one before it has gone, which may have left notes sounding."""

    succeeds: bool


class End(Struct, frozen=True, tag=True):
    """End in an orderly way."""


class Ready(Struct, frozen=True, tag=True):
    """The process does the work of `role`; `facts` are what the user is told of it, by name."""

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
    """The performance is over: a composer has played its last bar, or a player has ended and nothing sounds any more."""


class Failed(Struct, frozen=True, tag=True):
    """The role cannot do its work, and another process could not either; `message` is a sentence for the user."""

    message: str


ToRole = Attach | Promote | End
FromRole = Ready | Alive | Replace | Say | Over | Failed
