"""Whether a running daemon is healthy: one pure function for `edmd health`, the panel's `/healthz` and its page."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

Facts = Mapping[str, Any]

# A note that is later than this is heard as out of time. The panel's page turns red much sooner.
LATE_US: Final = 50_000.0
# Under this name `ports` tells why there is no MIDI system, or what is wrong with it.
_MIDI: Final = "midi"


def complaints(health: Facts, state: Facts, before: Facts, *, needs_midi: bool = True) -> list[str]:
    """Return what is wrong with a deck, one text for each fault; nothing if it is healthy.

    `health` is its last health message and `before` an earlier one, seconds or minutes ago. `state` is its state, or its
    last state message. What is missing in them is no fault. Unless it `needs_midi`, a daemon that plays into the panel and
    recordings alone, because there is no MIDI system, is healthy.
    """
    return [
        *_ports(health.get("ports", {}), needs_midi=needs_midi),
        *(["the MIDI server stands still"] if health.get("midi_server") == "stands still" else []),
        *_underruns(health, before),
        *_lateness(health.get("lateness_us", {})),
        *_clock(state.get("clock", {})),
        *(f"not written to the disk: {what} ({why})" for what, why in health.get("disk", {}).items()),
    ]


def stands_still(transport: Facts, ticks: int) -> bool:
    """Return whether the music should go on, and `ticks` of the last two seconds say that it does not."""
    is_led = transport.get("clock_source", "internal") != "internal"  # a foreign clock may stand
    is_waiting = transport.get("state") != "playing" or bool(transport.get("count_in"))
    return not ticks and not is_led and not is_waiting


def of_decks(found: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the faults of all decks, with the deck's name where there are several."""
    several = len(found) > 1
    return [f"{deck}: {text}" if several else text for deck, texts in found.items() for text in texts]


def _ports(ports: Mapping[str, str], *, needs_midi: bool) -> Iterator[str]:
    wrong = {port: words for port, words in ports.items() if port != _MIDI and "open" not in words}
    if _MIDI in ports and len(wrong) == len(ports) - 1:
        if needs_midi:
            yield ports[_MIDI]
        return
    yield from (f"{port} is {words}" for port, words in wrong.items())


def _underruns(health: Facts, before: Facts) -> Iterator[str]:
    """A new composer counts from 0 again, so less than before is no fault."""
    more = health.get("underruns", 0) - before.get("underruns", health.get("underruns", 0))
    if more > 0:
        yield f"{more} {'tick' if more == 1 else 'ticks'} came too late"


def _lateness(figures: Facts) -> Iterator[str]:
    if (late := figures.get("p99")) is not None and late > LATE_US:
        yield f"notes are {late / 1000:.0f} ms late (p99 of ten seconds)"


def _clock(clock: Facts) -> Iterator[str]:
    source = clock.get("source", "internal")
    if source != "internal" and not clock.get("locked", True):
        yield f"the {'MIDI clock' if source == 'midi' else 'Link session'} that leads the time is not heard"
