"""The percussion LSTM as a system: nine drums."""

from typing import Final

import numpy as np

from daemon.music.systems.chance import FOR_PERCUSSION
from daemon.music.systems.edm.conditioning import beat_row, beat_rows
from daemon.music.systems.edm.copy_gates import beat_marks, only_repeated, repeated, repeated_mask
from daemon.music.systems.edm.dance_beats import awaited, pulls, unwanted
from daemon.music.systems.edm.masks import percussion_mask
from daemon.music.systems.edm.roles_model import Choice, RolesModel, Seen
from daemon.music.systems.edm.roles_system import RolesSystem
from daemon.music.systems.edm.validity import PERCUSSION_PARTS, Allowed, agreement
from daemon.music.systems.played import Played, of_percussion
from daemon.music.systems.repetition import copy_bias
from daemon.music.systems.system import Cue, Steps
from models.codecs import melody, percussion
from models.codecs.base import Floats, Tokens
from models.notes import TICKS_PER_BAR
from models.session import Row

# The network learns drums from EDM and grooves only.
_DRUM_STYLE: Final = np.array([1.0, 0.0], np.float32)


class PercussionSystem(RolesSystem):
    """Steps the percussion network once a tick. It takes the melodic voices that begin at the tick as input."""

    def __init__(self, row: Row) -> None:
        super().__init__(RolesModel(row, percussion.LAYOUT), PERCUSSION_PARTS, beat_rows, _agreements)

    def compose(self, cue: Cue) -> Steps[Played]:
        """Return the hits that the network chooses."""
        tokens = yield from self._advance(cue, None)
        return of_percussion(tokens)

    def hear(self, cue: Cue, played: Played) -> Steps[None]:
        """Step the network with the hits of other music in place of its choice."""
        yield from self._advance(cue, percussion.encode([played.hits])[0])

    def _advance(self, cue: Cue, dictated: Tokens | None) -> Steps[Tokens]:
        tick, plan = cue.tick, cue.plan
        begun = np.array([register.voice in cue.played.begun for register in melody.REGISTERS], np.float32)
        recall = self._recall(cue)
        row = beat_row(recall.rows[tick % TICKS_PER_BAR], _DRUM_STYLE, begun, recall.recent)
        # Do not copy a loop without the expected hit, or with an unwanted one.
        for part in awaited(tick, plan):
            start, stop = percussion.LAYOUT.part_ranges[part]
            recall.valid[part] &= recall.lookback[:, start:stop].any(axis=1)
        for part in unwanted(tick, plan):
            start, stop = percussion.LAYOUT.part_ranges[part]
            recall.valid[part] &= ~recall.lookback[:, start:stop].any(axis=1)
        again = repeated(recall.valid, plan.drum_form)
        choice = _choice(cue, repeated_mask(percussion.LAYOUT, recall.lookback, again))
        seen = Seen(row, recall.lookback, only_repeated(recall.valid, again))
        return (yield from self._model.advance(tick, seen, choice, dictated))


def _agreements(cue: Cue) -> tuple[Allowed, Allowed]:
    """Return which parts of the kit may copy which earlier bar; it is the same for both half bars."""
    allowed = agreement(cue, beat_marks)
    return allowed, allowed


def _choice(cue: Cue, favoured: Floats) -> Choice:
    plan, parameters = cue.plan, cue.parameters
    wanted = pulls(awaited(cue.tick, plan), unwanted(cue.tick, plan))
    mask = percussion_mask(tuple(not level for level in plan.drums), *wanted)
    return Choice(
        cue.chance[FOR_PERCUSSION],
        parameters.percussion.temperature,
        parameters.percussion.top_p,
        copy_bias(parameters.repetition),
        mask + favoured,
    )
