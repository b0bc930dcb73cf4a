"""How much Classical music a section has, and the blend of two genres."""

from typing import Final, NamedTuple

from models.genres import NAMES

# Up to this `classical_mix` the drops of dance music have nothing Classical.
_DROPS_FROM: Final = 0.3


class GenreBlend(NamedTuple):
    """Two genres, and the weight of the second, 0 to 1."""

    first: str
    second: str = ""
    mix: float = 0.0

    def drawn(self, draw: float) -> str:
        """Return one of the genres with the probability of its weight, for a uniform `draw` in [0, 1)."""
        return self.second if draw < self.mix else self.first

    def weights(self) -> tuple[float, ...]:
        """Return the weight of each of `models.genres.NAMES`."""
        return tuple(
            1 - self.mix if name == self.first else self.mix if name == self.second else 0.0 for name in NAMES
        )


def classical_share(section: str, mix: float) -> float:
    """Return the Classical share, 0 to 1, of a section at a `classical_mix`: in a drop a low mix has no effect."""
    return max((mix - _DROPS_FROM) / (1 - _DROPS_FROM), 0.0) if section == "drop" else mix
