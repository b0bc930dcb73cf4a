"""What the gateway says to the player: only what may not wait for the composer."""

from msgspec import Struct


class Panic(Struct, frozen=True, tag=True):
    """End all sound now; playing goes on."""


ToPlayer = Panic
