"""The melody LSTM as a system: bass, chords and lead."""

from typing import Final

import numpy as np

from daemon.music.arranging.blend import classical_share
from daemon.music.systems.chance import FOR_MELODY
from daemon.music.systems.edm.conditioning import tune_row, tune_rows
from daemon.music.systems.edm.copy_gates import same_riff, tune_marks
from daemon.music.systems.edm.masks import line_mask, melody_mask, strike_mask
from daemon.music.systems.edm.roles_model import Choice, RolesModel, Seen
from daemon.music.systems.edm.roles_system import RolesSystem
from daemon.music.systems.edm.validity import MELODY_PARTS, Allowed, agreement
from daemon.music.systems.played import Played, of_melody, struck
from daemon.music.systems.repetition import copy_bias
from daemon.music.systems.system import Cue, Steps
from models.codecs import melody
from models.codecs.base import LOOKBACK_BARS, RECALL, Tokens
from models.codecs.plan import HARMONY_TICKS
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT
from models.session import Row

# At temperature 1 stray notes reveal that a loop was sampled. At 0.8 melodies use fewer pitches than songs, and a newly
# trained discriminator tells them from songs more often than at 0.9.
_SETTLED: Final = 0.9


class MelodySystem(RolesSystem):
    """Steps the melody network once a tick. It takes the drums of the previous tick as input."""

    def __init__(self, row: Row) -> None:
        super().__init__(RolesModel(row, melody.LAYOUT), MELODY_PARTS, tune_rows, _agreements)

    def compose(self, cue: Cue) -> Steps[Played]:
        """Return the notes that the network chooses."""
        tokens = yield from self._advance(cue, None)
        return of_melody(tokens)

    def hear(self, cue: Cue, played: Played) -> Steps[None]:
        """Step the network with the melodic notes of other music in place of its choice."""
        yield from self._advance(cue, melody.encode([played.sounds])[0])

    def _advance(self, cue: Cue, dictated: Tokens | None) -> Steps[Tokens]:
        tick, place, model = cue.tick, cue.tick % TICKS_PER_BAR, self._model
        mix = classical_share(cue.plan.section, cue.parameters.classical_mix)
        style = np.array([1 - mix, mix], np.float32)
        recall = self._recall(cue)
        row = tune_row(recall.rows[place], style, model.line, struck(cue.before), recall.recent)
        seen = Seen(row, recall.lookback, recall.valid)
        return (
            yield from model.advance(tick, seen, _choice(cue, place // HARMONY_TICKS, model.line), dictated)
        )


def _agreements(cue: Cue) -> tuple[Allowed, Allowed]:
    """Return for each half bar which voices may copy which earlier bar.

    Where the plan asks for the repetition of an earlier bar, the riff may be copied over other chords too. A voice that
    keeps only the rhythm of the recalled bar copies neither it nor its repetitions.
    """
    first, second = (_agreement(cue, half) for half in range(2))
    return first, second


def _agreement(cue: Cue, half: int) -> Allowed:
    plan = cue.plan
    allowed = agreement(cue, lambda old: tune_marks(old, half))
    if plan.strikes:  # a voice that keeps to the rhythm of a call copies no other one
        allowed[[bool(each) for each in plan.strikes]] = False
    if not plan.tune_form:
        return allowed
    for lag, bars in enumerate(LOOKBACK_BARS):
        if (old := cue.plans[bars]) is not None:
            riff = same_riff(old, plan, half)
            for voice, form in enumerate(plan.tune_form):
                allowed[voice, bars] |= form[lag] and riff[voice]
    for voice, lag in enumerate(plan.recall[MELODY_PARTS]):
        if lag and not plan.tune_form[voice][RECALL]:
            allowed[voice, [lag, *_repeats_of_song(cue, voice)]] = False
    return allowed


def _repeats_of_song(cue: Cue, voice: int) -> list[int]:
    """Return how many bars ago those of the last bars are in which a voice repeated a recalled bar."""
    plans = ((bars, cue.plans[bars]) for bars in LOOKBACK_BARS)
    return [bars for bars, old in plans if old and old.tune_form and old.tune_form[voice][RECALL]]


def _choice(cue: Cue, half: int, line: int) -> Choice:
    plan, parameters, place = cue.plan, cue.parameters, cue.tick % TICKS_PER_BAR
    is_bound = bool(plan.strikes) and place < plan.free_from
    bass, chords, lead = plan.voices
    silent = (not bass, not chords, not lead)
    mask = melody_mask(
        parameters.scale,
        silent,
        plan.harmony[half],
        plan.register,
        plan.roots[half],
        on_beat=cue.tick % TICKS_PER_BEAT == 0,
    )
    return Choice(
        cue.chance[FOR_MELODY],
        _SETTLED * parameters.melody.temperature,
        parameters.melody.top_p,
        copy_bias(parameters.repetition),
        mask + line_mask(line) + (strike_mask(plan.strikes, place) if is_bound else 0),
    )
