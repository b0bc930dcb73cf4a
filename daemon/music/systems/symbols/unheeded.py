"""The parameters that do not act while a symbol system plays the melody, each with the reason."""

from collections.abc import Mapping, Sequence

from daemon.music.systems.symbols.backing import missing_voices
from daemon.music.systems.system import Networks, Part
from models.codecs.sequences import symbols_of
from models.notes import Voice


def unheeded(_part: Part, networks: Networks) -> Mapping[str, str]:
    """Return the parameters of the director's chords and of the hook."""
    return {
        "hook": "this melody does not return to a hook",
        "chord_loop": _chords(symbols_of(networks.vocabulary).voices),
    }


def _chords(own: Sequence[Voice]) -> str:
    """Say where the chords come from. Until half of a bar is read ahead, the director's chords sound after all."""
    missing = missing_voices(own)
    if not missing:
        return "this network plays chords and bass of its own"
    if "chords" in missing:
        return "the chords follow this melody as soon as it is read ahead"
    return "this network plays chords of its own, and the bass follows them as soon as they are read ahead"
