"""What happens to a network that falls behind the tick."""

from models.codecs.symbols import Reading
from models.notes import PULSES_PER_BAR


def caught_up(reading: Reading, start: int) -> Reading:
    """Return a reading that is not behind the pulse `start`: one that is behind goes on whole bars later.

    So the music keeps its place in the bar, and the network gets ahead for a while. If it went on at the present tick, the
    next notes would be known too late again. Notes that sound and the time since the last one move too.
    """
    bars = -((reading.pulse - start) // PULSES_PER_BAR)
    if bars <= 0:
        return reading
    pulses = bars * PULSES_PER_BAR
    return reading._replace(
        pulse=reading.pulse + pulses,
        struck=reading.struck + pulses,
        sounding=tuple(each._replace(pulse=each.pulse + pulses) for each in reading.sounding),
    )
