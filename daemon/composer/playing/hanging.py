"""What a player that has died may have left sounding."""

from collections.abc import Iterable, Mapping

from daemon.music.ensemble.ensemble import Composed
from daemon.player.midi_bytes import control_change, note_off
from models.effects import (
    EFFECTS,
    IMPACT,
    RISER,
    ControlRow,
    effects_channel,
    lane_channels,
    neutral_controls,
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
    lanes = lane_channels(channels, MELODIC_VOICES)
    return (
        *((pulse, EFFECTS, note_off(lanes[EFFECTS], sound.pitch)) for sound in (RISER, IMPACT)),
        *(
            (pulse, lane, control_change(lanes[lane], controller, value))
            for lane, controller, value in neutral_controls(lanes)
        ),
    )
