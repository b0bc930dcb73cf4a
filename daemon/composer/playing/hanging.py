"""What a player that has died may have left sounding."""

from collections.abc import Iterable, Mapping

from daemon.music.ensemble.ensemble import Composed
from daemon.player.midi_bytes import control_change, note_off
from models.effects import EFFECTS, IMPACT, RISER, ControlRow, Lane, neutral_controls
from models.notes import Voice


def begun(
    ticks: Iterable[Composed], channels: Mapping[Voice, int], lanes: Mapping[Lane, int]
) -> set[tuple[int, int]]:
    """Return the (channel, pitch) of all notes of these ticks, and of risers and impacts that are sent.

    `channels` are those of the voices, `lanes` those of the lanes whose effects are sent.
    """
    found: set[tuple[int, int]] = set()
    for tick in ticks:
        found |= {(channels[note.voice], note.pitch) for note in tick.notes}
        if tick.effects is not None and EFFECTS in lanes:
            sounds = ((tick.effects.riser, RISER), (tick.effects.impact, IMPACT))
            found |= {(lanes[EFFECTS], sound.pitch) for is_there, sound in sounds if is_there}
    return found


def ended_effects(ticks: Iterable[Composed], lanes: Mapping[Lane, int], pulse: int) -> tuple[ControlRow, ...]:
    """Return the rows that end the effects of these ticks in a recording, because the next player begins without any.

    `lanes` are the channels of the lanes whose effects are sent.
    """
    if all(tick.effects is None for tick in ticks):
        return ()
    sounds = (RISER, IMPACT) if EFFECTS in lanes else ()
    return (
        *((pulse, EFFECTS, note_off(lanes[EFFECTS], sound.pitch)) for sound in sounds),
        *(
            (pulse, lane, control_change(lanes[lane], controller, value))
            for lane, controller, value in neutral_controls(lanes)
        ),
    )
