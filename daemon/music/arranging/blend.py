"""How much Classical music a section has."""

from typing import Final

# Up to this `classical_mix` the drops of dance music have nothing Classical.
_DROPS_FROM: Final = 0.3


def classical_share(section: str, mix: float) -> float:
    """Return the Classical share, 0 to 1, of a section at a `classical_mix`: in a drop a low mix has no effect."""
    return max((mix - _DROPS_FROM) / (1 - _DROPS_FROM), 0.0) if section == "drop" else mix
