"""What a player that has died may have left sounding."""

from collections.abc import Iterable, Mapping

from daemon.music.ensemble.ensemble import Composed
from daemon.player.midi_bytes import control_change, note_off
from models.effects import (
    EFFECTS,
    EXPRESSION,
    EXPRESSION_NEUTRAL,
    FILTER,
    FILTER_NEUTRAL,
    IMPACT,
    RISER,
    ControlRow,
    effects_channel,
)
from models.notes import MELODIC_VOICES, Voice


def begun(ticks: Iterable[Composed], channels: Mapping[Voice, int]) -> set[tuple[int, int]]:
    """Return the (channel, pitch) of all notes, risers and impacts of these ticks."""
    found: set[tuple[int, int]] = set()
    for tick in ticks:
        found |= {(channels[note.voice], note.pitch) for note in tick.notes}
        if tick.effects is not None:
            sounds = ((tick.effects.riser, RISER), (tick.effects.impact, IMPACT))
            found |= {(effects_channel(channels), sound.pitch) for is_there, sound in sounds if is_there}
    return found


def ended_effects(
    ticks: Iterable[Composed], channels: Mapping[Voice, int], pulse: int
) -> tuple[ControlRow, ...]:
    """Return the rows that end the effects of these ticks in a recording, because the next player begins without any."""
    if all(tick.effects is None for tick in ticks):
        return ()
    own = effects_channel(channels)
    return (
        *(
            (pulse, voice, control_change(channels[voice], FILTER, FILTER_NEUTRAL))
            for voice in MELODIC_VOICES
        ),
        *((pulse, EFFECTS, note_off(own, sound.pitch)) for sound in (RISER, IMPACT)),
        (pulse, EFFECTS, control_change(own, FILTER, FILTER_NEUTRAL)),
        (pulse, EFFECTS, control_change(own, EXPRESSION, EXPRESSION_NEUTRAL)),
    )
