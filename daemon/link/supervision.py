"""What the supervisor and a role say to each other."""

from typing import Literal

from msgspec import Struct

Role = Literal["composer", "gateway", "player", "standby"]


class Attach(Struct, frozen=True, tag=True):
    """A socket comes with this: the role's link to `role` from now on, in place of the one before it."""

    role: Role


class End(Struct, frozen=True, tag=True):
    """End in an orderly way."""


class Ready(Struct, frozen=True, tag=True):
    """The role does its work; `facts` are what the user is told of it, by name."""

    facts: dict[str, str]


class Alive(Struct, frozen=True, tag=True):
    """A sign of life, sent about twice a second."""


class Replace(Struct, frozen=True, tag=True):
    """Put another process in the place of `role`, because of `why`."""

    role: Role
    why: str


class Over(Struct, frozen=True, tag=True):
    """The performance is over: its last bar was played."""


class Failed(Struct, frozen=True, tag=True):
    """The role cannot do its work, and another process could not either; `message` is a sentence for the user."""

    message: str


ToRole = Attach | End
FromRole = Ready | Alive | Replace | Over | Failed
