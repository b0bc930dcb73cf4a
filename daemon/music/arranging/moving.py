"""Moves within a set: to the next section, to the first section of a name; pure functions of bars."""

from typing import Final

from daemon.music.arranging.director import Director
from daemon.parameters import AUTO, Parameters

# A set has every kind of section within so many bars.
_SEARCHED_BARS: Final = 1024
# So many sections in a row may have the name of the one that is held by hand.
_MOST_SKIPPED: Final = 8


def next_section(director: Director, bar: int, parameters: Parameters, held: str = AUTO) -> int:
    """Return the first bar of the section after the one that was heard before `bar`; it may be `bar` itself.

    `held` is the section that was held by hand until then: sections of this name are skipped.
    """
    if bar <= 0:
        return bar
    section = director.section_at(bar - 1, parameters)
    start = max(section.start_bar + section.bars, bar)
    for _ in range(_MOST_SKIPPED):
        section = director.section_at(start, parameters)
        if section.name != held:
            break
        start = section.start_bar + section.bars
    return start


def bar_of(director: Director, bar: int | None, section: str, parameters: Parameters) -> int | None:
    """Return `bar`, or the first bar of the set's first section of this name if `bar` belongs to another one.

    None if neither is given. "" is any section. A name that the set does not have leaves `bar`.
    """
    if not section or (bar is not None and director.section_at(bar, parameters).name == section):
        return bar
    at = 0
    while at < _SEARCHED_BARS:
        found = director.section_at(at, parameters)
        if found.name == section:
            return at
        at = found.start_bar + found.bars
    return bar
