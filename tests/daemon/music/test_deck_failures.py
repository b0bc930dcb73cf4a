"""What cannot happen to a deck: the music goes on as before, with one line in the log and no silent tick."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from daemon.composer.models.library import Library
from daemon.composer.playing.feeder import Feeder
from daemon.composer.requests.changes import Changes
from daemon.link.player import Attached, Revise, TickNotes, ToPlayer
from daemon.link.timeline import Timeline
from daemon.music.deck.deck import Deck
from daemon.music.deck.operations import Prime, SetParameters, SwapModel
from daemon.music.ensemble.lineup import whole
from models.bundle import BundleError
from tests.daemon.fragile import FragileSolo
from tests.daemon.music.test_deck import compose
from tests.daemon.music.test_priming import loop
from tests.daemon.playback import CPU, loud, solo_of
from tests.daemon.solo import Solo
from tests.training import tiny


class Playing(NamedTuple):
    """A deck whose player is a list of messages, and how many errors are in the log."""

    deck: Deck
    library: Library
    feeder: Feeder
    changes: Changes
    sent: list[ToPlayer]

    def begin(self, ticks: int) -> None:
        """Compose all that the player is to hold, then let a tick begin; and so on."""
        for tick in range(self.deck.next_tick, self.deck.next_tick + ticks):
            while self.feeder.work():
                pass
            self.feeder.taken(self.feeder._revisions.issued)
            self.feeder.moved(tick + 1, is_playing=False)
            self.deck.close_unused()
            self.library.close_all_but(self.deck.digests())

    def ticks(self) -> Sequence[TickNotes]:
        """The music as the player has it last."""
        held: dict[int, TickNotes] = {}
        for message in self.sent:
            if isinstance(message, Revise):
                held |= dict(enumerate(message.ticks, message.from_tick))
        return [*held.values()]


def playing(solo: Solo) -> Playing:
    solo.begin(1, 0)
    sent: list[ToPlayer] = []
    deck = solo.deck(loud(humanize=0.0))
    feeder = Feeder(deck, sent.append, 2.0, clock=lambda: 0.0)
    changes = Changes(deck, feeder, sent.append, lambda: 0.0)
    feeder.attach(Attached(0, 0, 0, 0, False, Timeline(0, 0.0, 128.0), (), {}, ""))
    return Playing(deck, solo.library, feeder, changes, sent)


@pytest.fixture
def solo(tmp_path: Path) -> Solo:
    return solo_of(tiny.write(tmp_path / "tiny"), 1)


@pytest.fixture
def other(tmp_path: Path) -> Solo:
    return solo_of(tiny.write(tmp_path / "other", seed=9), 1)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]


def swapped(solo: Solo, other: Solo) -> Playing:
    """A performance in which another model has long taken the place of the first one."""
    made = playing(solo)
    made.library.add(other.opened)
    made.changes.accept(SwapModel(whole(other.source), "now"))
    made.begin(30)
    return made


def test_a_model_that_is_taken_back_to_is_loaded_again(solo: Solo, other: Solo) -> None:
    made = swapped(solo, other)
    with pytest.raises(BundleError):
        made.library.open(solo.source._replace(name=""))
    made.changes.undo("bar")
    assert made.deck.outlook().describe(1)
    made.begin(10)
    assert made.deck.state(made.deck.next_tick).lineup == solo.lineup
    made.library.open(solo.source._replace(name=""))  # it is open
    assert made.changes.state.lineup.plan.name == solo.bundle.loaded_as


def test_a_model_that_is_gone_cannot_be_taken_back_to_and_the_music_goes_on(
    solo: Solo, other: Solo, caplog: pytest.LogCaptureFixture
) -> None:
    made, untouched = swapped(solo, other), swapped(solo, other)
    shutil.rmtree(solo.bundle.folder)
    made.changes.undo("bar")
    assert made.deck.outlook().describe(1), "what is to come can be told"
    for _ in range(12):  # each change rewinds over the bar
        made.changes.accept(SetParameters({"gate": 0.5}))
        untouched.changes.accept(SetParameters({"gate": 0.5}))
        made.begin(1)
        untouched.begin(1)
    assert made.deck.state(made.deck.next_tick).lineup == other.lineup
    assert made.feeder.take_forgone() == 0
    assert [each.notes for each in made.ticks()] == [each.notes for each in untouched.ticks()]
    (error,) = errors(caplog)
    assert error.startswith(
        f"the model {solo.bundle.loaded_as} cannot be loaded, the one before goes on: {solo.bundle.folder} is not"
    )
    made.begin(30)
    assert made.deck._ensembles.failed == set()


def test_music_that_cannot_be_heard_ends_no_music(solo: Solo, caplog: pytest.LogCaptureFixture) -> None:
    deaf = FragileSolo(solo.bundle, CPU, 1)
    deaf.library.is_deaf = True
    made, untouched = playing(deaf), playing(solo)
    made.deck.accept(Prime(loop(), loud(), solo.lineup), 0)
    made.begin(20)
    untouched.begin(20)
    assert made.feeder.take_forgone() == 0
    assert [each.notes for each in made.ticks()] == [each.notes for each in untouched.ticks()]
    assert len(errors(caplog)) == 1


def test_what_was_heard_is_forgotten_when_no_rewind_needs_it(solo: Solo) -> None:
    made = playing(solo)
    for _ in range(4):
        made.changes.accept(Prime(loop(2).filled(4), loud(), solo.lineup, "now"))
        made.begin(30)
    assert len(made.deck._ensembles.primed) <= 1
    assert compose(made.deck, 3)
