"""Notices that the JACK server has ended: its ports go on to look alive, and what is sent to them goes nowhere."""

from typing import Any


class JackWatch:
    """A JACK client without ports; raises `jack.JackError` on opening when no server runs."""

    def __init__(self) -> None:
        import jack  # noqa: PLC0415  (an optional dependency)

        self.has_ended = False
        self._client: Any = jack.Client("edmd watch", no_start_server=True)
        self._client.set_shutdown_callback(self._note)

    def close(self) -> None:
        """Leave the JACK server."""
        self._client.close()

    def _note(self, _status: object, _reason: str) -> None:
        self.has_ended = True
