"""`edmd health`: whether a running daemon is healthy, in one line and the exit code."""

import time
from collections import Counter
from typing import Any, Final, NamedTuple

import click

from daemon.client import Client, NoAnswer, Refused
from daemon.commands.failure import CommandFailed
from daemon.commands.line import Line, line_options
from daemon.judging import complaints, of_decks, stands_still
from models.notes import MAIN

# Health messages come each second, and the slowest music has a tick in 0.75 s.
_LISTEN_SECONDS: Final = 2.0


class _Heard(NamedTuple):
    """What telemetry told of each deck: the first health message, and how many ticks began."""

    health: dict[str, dict[str, Any]]
    ticks: Counter[str]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--without-midi", is_flag=True, help="A daemon that has no MIDI system is healthy too.")
@line_options
@click.pass_context
def health(ctx: click.Context, without_midi: bool) -> None:
    """Say in one line whether a running daemon is healthy: exit code 0 if it is, 1 if not.

    It is healthy if it answers, the music goes on where it should, all ports are there, the MIDI server and a followed
    clock are heard, notes are in time, and the disk takes what is written. To find out takes two seconds.
    """
    line = ctx.ensure_object(Line)
    with line.client() as client:
        client.ping()  # if there is no daemon, the error says so
        try:
            states, wrong = _look(client, line, needs_midi=not without_midi)
        except NoAnswer:
            states, wrong = {}, ["edmd's composer does not answer"]
        except Refused as error:
            if error.code == "not_found":
                raise
            states, wrong = {}, [str(error)]
    text = f"not healthy: {'; '.join(wrong)}" if wrong else f"healthy: {_summary(states)}"
    line.tell({"healthy": not wrong, "wrong": wrong}, lambda _: click.echo(text, err=bool(wrong)))
    if wrong:
        ctx.exit(CommandFailed.exit_code)


def _look(client: Client, line: Line, *, needs_midi: bool) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the state of each deck, and what is wrong."""
    heard = _listen(client, line.telemetry or client.state()["telemetry"])
    decks = [line.deck] if line.deck is not None else [*heard.health] or [MAIN]
    states = {deck: client.request("state", deck=deck) for deck in decks}
    wrong = {
        deck: [
            *([] if deck in heard.health else ["no telemetry arrives"]),
            *(["the music stands still"] if stands_still(state["transport"], heard.ticks[deck]) else []),
            *complaints(state["health"], state, heard.health.get(deck, {}), needs_midi=needs_midi),
        ]
        for deck, state in states.items()
    }
    return states, of_decks(wrong)


def _listen(client: Client, endpoint: str) -> _Heard:
    heard = _Heard({}, Counter())
    end = time.monotonic() + _LISTEN_SECONDS
    with client.listen(("health", "tick"), endpoint) as ear:
        while (left := end - time.monotonic()) > 0:
            for topic, body in ear.hear(left):
                deck = body.get("deck", MAIN)
                if topic == "tick":
                    heard.ticks[deck] += 1
                else:
                    heard.health.setdefault(deck, body)
    return heard


def _summary(states: dict[str, dict[str, Any]]) -> str:
    """Return what plays, the provider, the MIDI system and for how long it has run."""
    state = next(iter(states.values()))
    midi = "no MIDI system" if state["midi"] == "none" else state["midi"]
    hours = state["health"]["uptime_seconds"] / 3600
    return f"{state['transport']['state']}, {state['models']['current']}, {midi}, up {hours:.1f} h"
