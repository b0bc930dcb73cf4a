"""What the page tells the server, and which requests cannot come from the page."""

import math
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from daemon.study.study import LEAST_RATING, MOST_HEARD_SECONDS, MOST_RATING, SCALES

# The choices of the page's welcome. "" means not said.
Playing = Literal["", "never", "once", "some", "long"]
Listening = Literal["", "rarely", "monthly", "weekly", "daily"]
Language = Literal["en", "de"]
Rating = Annotated[int, msgspec.Meta(ge=LEAST_RATING, le=MOST_RATING)]
# The clocks of a browser's sound and of the server differ by less than this share.
_CLOCKS: Final = 0.02
_OWN_SITES: Final = ("same-origin", "none")


class Arrival(msgspec.Struct, forbid_unknown_fields=True):
    """What a listener says at the beginning."""

    language: Language
    playing: Playing = ""
    listening: Listening = ""


class Ratings(msgspec.Struct, forbid_unknown_fields=True):
    """The answer to one screen: a rating for each of `SCALES`, and how long the clip was played."""

    ratings: Annotated[list[Rating], msgspec.Meta(min_length=len(SCALES), max_length=len(SCALES))]
    heard_seconds: Annotated[float, msgspec.Meta(ge=0, le=MOST_HEARD_SECONDS)] = 0.0


def seconds_early(heard_seconds: float, seen: float | None, now: float) -> int:
    """Return in how many seconds a clip that was shown at `seen` can have been heard for so long; 0 if it can already.

    If the clock was set back, so that the clip seems to come from the future, nothing is known: 0.
    """
    if seen is None or now < seen:
        return 0
    return max(math.ceil(heard_seconds * (1 - _CLOCKS) - (now - seen)), 0)


def is_from_elsewhere(site: str | None, origin: str | None, host: str) -> bool:
    """Return whether the script of another site has sent a request with these headers, Sec-Fetch-Site and Origin, to `host`.

    Browsers tell the relation of the sites, without encryption only the origin. Other programs need not tell either.
    """
    if site is not None:
        return site not in _OWN_SITES
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != host
    except ValueError:  # it is no address
        return True
