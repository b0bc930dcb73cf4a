"""The system `pattern`: grid and Euclidean drums, arpeggios, bass figures and chord rhythms, without any network."""

from daemon.music.systems.pattern.build import build, unheeded
from daemon.music.systems.pattern.pattern_system import PatternMemory as Memory

__all__ = ["Memory", "build", "unheeded"]
