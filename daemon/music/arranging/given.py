"""Plans that come from other music than the director's: whole ones, or those of an answer, which leave voices open."""

from collections.abc import Sequence

from daemon.music.arranging.barplan import UNSTATED, BarPlan, Repeats
from daemon.music.arranging.harmony import is_led
from daemon.parameters import Parameters


def is_whole(given: BarPlan) -> bool:
    """Return whether a given plan states every voice and drum."""
    return UNSTATED not in (*given.voices, *given.drums)


def planned_or_given(plan: BarPlan, given: BarPlan | None, parameters: Parameters) -> BarPlan:
    """Return the director's plan, or the given one with the director's sections and energy, and what it leaves open.

    Chords that somebody plays in lead also where a plan is given.
    """
    if given is None:
        return plan
    if is_led(parameters):
        given = given._replace(harmony=plan.harmony, roots=plan.roots, key=plan.key)
    return _filled(given, plan)._replace(
        section=plan.section,
        bars_left=plan.bars_left,
        next_section=plan.next_section,
        bars_before=plan.bars_before,
        energy=plan.energy,
    )


def _filled(given: BarPlan, plan: BarPlan) -> BarPlan:
    """Return a given plan with what it leaves open as in the director's."""
    if is_whole(given):
        return given
    is_open = [level == UNSTATED for level in given.voices]
    bass, chords, lead = (
        own if opened else level
        for level, own, opened in zip(given.voices, plan.voices, is_open, strict=True)
    )
    return given._replace(
        voices=(bass, chords, lead),
        drums=plan.drums if UNSTATED in given.drums else given.drums,
        beat=plan.beat if given.beat == UNSTATED else given.beat,
        drum_form=plan.drum_form if given.drum_form is None else given.drum_form,
        tune_form=_rows(given.tune_form, plan.tune_form, is_open),
        rhythms=_rows(given.rhythms, plan.rhythms, is_open),
        genre=plan.genre,
        genres=plan.genres,
    )


def _rows(
    given: tuple[Repeats, ...] | None, planned: tuple[Repeats, ...] | None, is_open: Sequence[bool]
) -> tuple[Repeats, ...] | None:
    """Return the rows of a form, those of open voices as planned."""
    if given is None or planned is None:
        return given
    return tuple(own if opened else row for row, own, opened in zip(given, planned, is_open, strict=True))
