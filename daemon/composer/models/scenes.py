"""Scenes of a deck: what plays now as a scene, and the operations that bring another one at one tick."""

from collections.abc import Mapping
from typing import Any

import msgspec

from daemon.automation import At
from daemon.control.messages import ControlError
from daemon.link.gateway import LoadScene
from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.operations import Operation, Reseed, SetParameters, SwapModel
from daemon.music.ensemble.lineup import Lineup, Place, Source
from daemon.music.systems.table import NETWORKLESS
from daemon.parameters import AUTO, SPECS
from daemon.workers.jobs import SceneFile
from models.notes import BARS_PER_PHRASE


class Stand(msgspec.Struct, frozen=True):
    """What a deck remembers of its scenes: the one that was loaded last, and the request that primed the music."""

    scene: str = ""
    primed: dict[str, Any] | None = None


def scene_of(deck: Deck, state: DeckState, stand: Stand) -> dict[str, Any]:
    """Return a `SceneFile` as plain data. `state` has every accepted operation; the section is the one that plays."""
    now, hook = deck.state(deck.next_tick), state.music.track.hook
    parameters = now.parameters
    section = deck.outlook().turns[0].director.section_at(now.music_bar, parameters)
    is_planned = parameters.director and parameters.section == AUTO
    bar = section.start_bar if is_planned else now.music_bar - now.music_bar % BARS_PER_PHRASE
    return {
        "values": state.automation.accepted(SPECS),
        "seed": state.music.seed,
        "section": section.name if is_planned else "",
        "bar": bar,
        "models": {place: source.name for place, source in state.lineup.places.items()},
        "prime": stand.primed if hook is not None and hook.is_primed else None,
    }


def lineup_for(scene: SceneFile, present: Lineup, opened: Mapping[str, Source]) -> Lineup:
    """Return the lineup of a scene: sources that play already, opened ones, and systems without networks.

    Raises ControlError for a model that is none of them.
    """
    known = (
        {source.name: source for source in present}
        | {name: Source(name) for name in NETWORKLESS}
        | {**opened}
    )
    for name in scene.models.values():
        if name not in known:
            raise ControlError("not_found", f"no model is named {name}", "name")
    places: dict[Place, Source] = {place: known[name] for place, name in scene.models.items()}  # type: ignore[misc]
    if "plan" in places and not places["plan"].digest:
        raise ControlError(
            "unavailable", f"{places['plan'].name} is a system without plans; name a bundle for plan"
        )
    return present.replaced(places)


def operations_of(scene: LoadScene, lineup: Lineup, state: DeckState) -> list[Operation]:
    """Return the operations of a scene without its priming."""
    found: list[Operation] = []
    at: At = scene.at
    if scene.file.values:
        found.append(SetParameters(dict(scene.file.values), at))
    changed = {
        place: source for place, source in lineup.places.items() if source != state.lineup.places[place]
    }
    if changed:
        found.append(SwapModel(lineup.places if "plan" in changed else changed, at))
    if scene.file.seed is not None or scene.file.bar is not None or scene.file.section:
        seed = state.music.seed if scene.file.seed is None else scene.file.seed
        found.append(Reseed(seed, at, scene.file.bar, scene.file.section))
    return found
