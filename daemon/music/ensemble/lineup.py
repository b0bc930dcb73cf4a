"""The sources of a deck's music: of its plans and of each part."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from daemon.music.systems.system import Part

PARTS: Final[tuple[Part, ...]] = ("melody", "percussion")
"""The parts of an ensemble in the order in which they compose a tick."""

Place = Literal["plan", "melody", "percussion"]


class Source(NamedTuple):
    """A bundle (name and digest), or a system without networks (name only)."""

    name: str
    digest: str = ""

    @property
    def key(self) -> str:
        """The identity of the source; several names may load the same bundle."""
        return self.digest or self.name


class Lineup(NamedTuple):
    """The bundle with the director's tables, and the source of each part."""

    plan: Source
    melody: Source
    percussion: Source

    @property
    def key(self) -> tuple[str, ...]:
        """The identity of the lineup: the keys of its sources."""
        return tuple(source.key for source in self)

    @property
    def name(self) -> str:
        """The name of what plays, which is that of its melody."""
        return self.melody.name

    @property
    def digests(self) -> set[str]:
        """The digests of its bundles."""
        return {source.digest for source in self if source.digest}

    @property
    def places(self) -> dict[Place, Source]:
        """The sources by their places."""
        return {"plan": self.plan, "melody": self.melody, "percussion": self.percussion}

    def replaced(self, sources: Mapping[Place, Source]) -> "Lineup":
        """Return the lineup with some sources replaced."""
        return Lineup(**{**self.places, **sources})


def whole(source: Source) -> dict[Place, Source]:
    """Return all places with the same source: one bundle for plans and parts."""
    return {"plan": source, "melody": source, "percussion": source}


def lineup_of(source: Source, parts: Mapping[Place, Source] | None = None) -> Lineup:
    """Return the lineup of a bundle, with other sources for some places."""
    return Lineup(**{**whole(source), **(parts or {})})
