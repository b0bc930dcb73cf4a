"""Opening hours: when the music plays by itself, and with which scene. Pure functions of the local time of the day."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_ENTRIES: Final = 100
USUAL_FADE_BEATS: Final = 32.0
MOST_FADE_BEATS: Final = 1024.0
_DAY_MINUTES: Final = 24 * 60
_TIME: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_KEYS: Final = ("days", "from", "until", "scene", "fade")


class ScheduleError(ValueError):
    """An entry of the schedule is not right. The message says which, and what is allowed."""


class Hours(NamedTuple):
    """From `begin` until `end` (minutes of the day) on these weekdays (0 is Monday).

    It ends the next day if `end` is not later than `begin`. `scene` is loaded at the beginning, unless it is empty; at the
    end the music fades for `fade` beats and stops.
    """

    days: frozenset[int]
    begin: int
    end: int
    scene: str = ""
    fade: float = USUAL_FADE_BEATS

    @property
    def minutes(self) -> int:
        """How long it is."""
        return (self.end - self.begin) % _DAY_MINUTES or _DAY_MINUTES


def read_schedule(entries: Sequence[Mapping[str, Any]]) -> tuple[Hours, ...]:
    """Return the entries of `[[schedule]]`. Raises ScheduleError that names the first wrong one, counted from 1."""
    if len(entries) > MOST_ENTRIES:
        raise ScheduleError(f"there are {len(entries)} entries; {MOST_ENTRIES} are the most")
    return tuple(_hours(number, entry) for number, entry in enumerate(entries, 1))


def open_at(schedule: Sequence[Hours], now: datetime) -> Hours | None:
    """Return the entry that is open at a local time, of several the last one; None if all is closed."""
    minute = now.hour * 60 + now.minute
    for hours in reversed(schedule):
        since = (minute - hours.begin) % _DAY_MINUTES
        day = (now.weekday() - (minute < hours.begin)) % 7  # the day on which it would have begun
        if since < hours.minutes and day in hours.days:
            return hours
    return None


def next_change(schedule: Sequence[Hours], now: datetime) -> datetime | None:
    """Return when something else is open for the first time after `now`; None if nothing changes within eight days."""
    present = open_at(schedule, now)
    edges = {minute for hours in schedule for minute in (hours.begin, hours.end % _DAY_MINUTES)}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = (midnight + timedelta(days=day, minutes=minute) for day in range(9) for minute in sorted(edges))
    return next((moment for moment in moments if moment > now and open_at(schedule, moment) != present), None)


def _hours(number: int, entry: Mapping[str, Any]) -> Hours:
    def wrong(why: str) -> ScheduleError:
        return ScheduleError(f"entry {number}: {why}")

    if unknown := [key for key in entry if key not in _KEYS]:
        raise wrong(f"there is no {unknown[0]}; it has {', '.join(_KEYS)}")
    if missing := [key for key in ("from", "until") if key not in entry]:
        raise wrong(f'it needs {missing[0]}, such as {missing[0]} = "10:00"')
    times = [_minute(entry[key]) for key in ("from", "until")]
    for key, minute in zip(("from", "until"), times, strict=True):
        if minute is None:
            raise wrong(f'{key} is a time of the day, such as "10:00"')
    days, scene, fade = (
        _days(entry.get("days", "daily")),
        entry.get("scene", ""),
        entry.get("fade", USUAL_FADE_BEATS),
    )
    if days is None:
        raise wrong(f'days is "daily", a day or days such as "mon-fri", or a list of {", ".join(DAYS)}')
    if not isinstance(scene, str):
        raise wrong("scene is the name of a scene")
    if isinstance(fade, bool) or not isinstance(fade, int | float) or not 0 < fade <= MOST_FADE_BEATS:
        raise wrong(f"fade is a number of beats, up to {MOST_FADE_BEATS:g}")
    begin, end = (minute or 0 for minute in times)
    return Hours(days, begin % _DAY_MINUTES, end % _DAY_MINUTES, scene, float(fade))


def _minute(text: Any) -> int | None:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    minute = int(found[1]) * 60 + int(found[2]) if found else _DAY_MINUTES + 1
    return minute if minute <= _DAY_MINUTES else None


def _days(given: Any) -> frozenset[int] | None:
    if given == "daily":
        return frozenset(range(7))
    words = [given] if isinstance(given, str) else given
    if not isinstance(words, list | tuple) or not words:
        return None
    found: set[int] = set()
    for word in words:
        first, _, last = word.partition("-") if isinstance(word, str) else ("", "", "")
        if first not in DAYS or (last or first) not in DAYS:
            return None
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(begin, end + 1 + 7 * (end < begin))}
    return frozenset(found)
