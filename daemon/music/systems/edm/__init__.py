"""The system `edm`: a melody LSTM and a percussion LSTM, one step a tick each, with lookback and copy gates."""

from daemon.music.systems.edm.build import build
from daemon.music.systems.edm.roles_model import RolesMemory as Memory

__all__ = ["Memory", "build"]
