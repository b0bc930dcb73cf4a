"""The composer process: it makes the music, and answers the gateway."""

import time
from contextlib import suppress
from typing import Final

from daemon.allowance import MUSIC_NICENESS, give_memory_back, set_niceness
from daemon.composer.assembly import build_composer
from daemon.composer.composer import Composer
from daemon.composer.decks import Decks
from daemon.composer.models.preload import preload
from daemon.link.role import Links, RoleFailedError
from daemon.link.supervision import Ready, Say
from daemon.supervision.settings import ComposerSettings
from daemon.workers.prepare import RecordError
from models.bundle import BundleError
from models.session import ProviderError

_LIFE_SECONDS: Final = 0.25
_WRITING_SECONDS: Final = 10.0


def prepare(settings: ComposerSettings) -> None:
    """Preload the bundles in the process that forks composers; the composer itself reports errors."""
    with suppress(BundleError):
        preload(settings.config)


def run(links: Links, settings: ComposerSettings) -> None:
    """Compose until the supervisor sends End. Raises SystemExit(1) if a recording could not be written."""
    give_memory_back()
    set_niceness(MUSIC_NICENESS)
    composer, decks = _build(settings)
    recorder = decks.main.recorder
    links.send(Ready("composer", composer.facts()))
    try:
        composer.run(links)
    finally:
        deadline = time.monotonic() + _WRITING_SECONDS
        while (saving := decks.saving()) and time.monotonic() < deadline:
            saving[0].wait(_LIFE_SECONDS)
            links.show_life()
    if any(each.failure for each in decks.recorders):
        raise SystemExit(1)  # the log has the reason
    if decks.saving():
        links.send(Say("a recording is still being written; it is there in a moment"))
    elif settings.record is not None and recorder.kept is not None:
        links.send(Say(f"recorded {recorder.kept}"))


def _build(settings: ComposerSettings) -> tuple[Composer, Decks]:
    try:
        return build_composer(settings)
    except (BundleError, ProviderError, RecordError) as error:
        raise RoleFailedError(str(error)) from None
