"""The tempos that scores may have, in beats per minute."""

from typing import Final

from models.reading.notation.written import Written

UNWRITTEN_TEMPO: Final = 120.0
_SLOWEST, _FASTEST = 1.0, 2000.0


def put_tempo(written: Written, bar: int, at: float, tempo: float) -> None:
    """Add a tempo to a score, or add a remark that it is ignored."""
    if _SLOWEST <= tempo <= _FASTEST:
        written.tempos.put(bar, at, tempo)
    else:
        allowed = f"{_SLOWEST:g} to {_FASTEST:g} beats a minute are allowed"
        written.remark(f"the tempo {tempo:.12g} is ignored: {allowed}", about="tempo")
