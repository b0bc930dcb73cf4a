"""The tempo of an Ableton Link session and the parameter `tempo` of a deck are one: if one changes, the other follows."""

from typing import Final

from daemon.parameters import SPECS

# After a change here the session still tells its old tempo for a moment.
_ON_ITS_WAY_SECONDS: Final = 0.5
_SAME_BPM: Final = 0.005


class SharedTempo:
    """Decides who must be told. `agreed` is the last tempo that both sides had, None outside of a session.

    A tempo that the session has told is agreed before the music adopts it, so it is never sent back as a change.
    """

    def __init__(self) -> None:
        self.agreed: float | None = None
        self._session: float | None = None
        self._adopted: float | None = None
        self._quiet_until = 0.0

    def hear(self, session: float | None) -> None:
        """Note the tempo of the session in BPM; None if there is none."""
        spec = SPECS["tempo"]
        self._session = None if session is None else min(max(session, spec.low), spec.high)
        if session is None:
            self.agreed = None
        elif self.agreed is None:  # who joins a session does not change its tempo
            self.agreed = self._adopted

    def adopt(self, tempo: float, now: float) -> float | None:
        """Note the tempo of the music at a time in seconds; return it if the session must take it."""
        is_new, self._adopted = tempo != self._adopted, tempo
        if (
            self.agreed is None and self._session is not None
        ):  # music that begins in a session does not either
            self.agreed = tempo
        if self.agreed is None or not is_new or tempo == self.agreed:
            return None
        self.agreed, self._quiet_until = tempo, now + _ON_ITS_WAY_SECONDS
        return tempo

    def missed(self, now: float) -> float | None:
        """Return the tempo of the session if the music must take it."""
        session, agreed = self._session, self.agreed
        if session is None or agreed is None or now < self._quiet_until or self._adopted != agreed:
            return None
        if abs(session - agreed) < _SAME_BPM:
            return None
        self.agreed = session
        return session
