"""Choose each bar's key and chords: loops that stay for a section and return later in the track, or what is played in."""

from dataclasses import replace

from daemon.music.arranging.blend import GenreBlend, classical_share
from daemon.music.arranging.chance import chance
from daemon.music.arranging.chord_loops import chord_loops_of
from daemon.music.arranging.set_form import FREE, Section, genre_of
from daemon.parameters import AUTO, PLAYED, Parameters
from models.arrangement import Arrangement
from models.chords import KEYS, PROGRESSIONS, Chord, Halves, PlayedChords, rotated
from models.scales import C_MAJOR, key_shift
from models.scales import FREE as FREE_SCALE

# How often a break has chords of its own.
_OWN_CHORDS = 0.6
# Calm sections, in which Classical chords appear first as the mix rises.
_RESTS = ("intro", "break", "outro")
# The roots of A minor and C major.
_TONICS = (9, 0)


class Harmony:
    """Choose the chord loops of a set."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self._seed = seed
        self._loops = chord_loops_of(arrangement)

    def of(self, section: Section, bar: int, parameters: Parameters) -> Halves:
        """Return the chord mask (12 bits) and the root of each half of a bar."""
        if (chord := played_chord(bar, key_of(section, parameters), parameters)) is not None:
            return chord, chord
        halves = self._loop(section, parameters)
        first = 2 * bar % len(halves)
        return halves[first : first + 2]

    def _loop(self, section: Section, parameters: Parameters) -> Halves:
        match parameters.chord_loop:
            case "auto" | "played":  # until a chord is played
                return self._planned(section, parameters.classical_mix)
            case "hold":
                return self._edm(section.track, "main", section.genres)
            case "next":
                following, genres = section.track + 1, section.genres
                if section.name != FREE and parameters.genre == AUTO:
                    genres = genres._replace(first=genre_of(self._seed, following))
                return self._edm(following, "main", genres)
            case name:
                return PROGRESSIONS[name]

    def _planned(self, section: Section, classical_mix: float) -> Halves:
        """Return the track's main loop, or its other loop in some breaks.

        As the mix rises, Classical chords replace the loops in more and more sections. Dance sections come last.
        """
        share = classical_share(section.name, classical_mix) ** (1 if section.name in _RESTS else 2)
        classical = self._loops.classical
        if classical and chance(self._seed, "chords of", section.start_bar) < share:
            draw = chance(self._seed, "classical chords", section.track, section.name)
            return classical[int(len(classical) * draw)]
        leaves = section.name == "break" and chance(self._seed, "break", section.start_bar) < _OWN_CHORDS
        return self._edm(section.track, "other" if leaves else "main", section.genres)

    def _edm(self, track: int, which: str, genres: GenreBlend) -> Halves:
        """Return a loop of a track. In a blend the whole track has the chords of one genre."""
        genre = genres.drawn(chance(self._seed, "blend", "chords", track))
        draw, sevenths, pace = (
            chance(self._seed, what, track, which) for what in ("loop", "sevenths", "pace")
        )
        return self._loops.edm(draw, sevenths, pace, genre)


def key_of(section: Section, parameters: Parameters) -> int:
    """Return a section's key in semitones above the common key; 0 under a scale lock, which sets the key later.

    If chords that are played in lead, the key is one that has them, unless a performer sets another one.
    """
    if parameters.scale != FREE_SCALE:
        return 0
    if parameters.key != AUTO:
        return KEYS[parameters.key]
    return _fitting(parameters, section.key) if is_led(parameters) else section.key


def with_chords(parameters: Parameters, chords: PlayedChords) -> Parameters:
    """Return the parameters with the chords that were played in, if these lead; their bars are the ensemble's."""
    if parameters.chord_loop != PLAYED or not chords.run:
        return parameters
    return replace(parameters, played=chords)


def is_led(parameters: Parameters) -> bool:
    """Return whether chords that were played in lead the harmony."""
    return parameters.chord_loop == PLAYED and bool(parameters.played.run)


def played_chord(bar: int, key: int, parameters: Parameters) -> Chord | None:
    """Return the chord that was played in for a bar, in the common key of a bar whose key is `key`; None if none leads."""
    if not is_led(parameters):
        return None
    mask, bass = parameters.played.at(bar)
    down = key + _lift(parameters)
    return rotated(mask, -down), (bass - down) % 12


def _lift(parameters: Parameters) -> int:
    """Return how much higher than planned the music sounds, in semitones."""
    return parameters.transpose + key_shift(parameters.scale)


def _fitting(parameters: Parameters, usual: int) -> int:
    """Return the key with most pitches of the chords: the usual one, or else one in which the first chord is the tonic."""
    chords = [
        (rotated(mask, -_lift(parameters)), (bass - _lift(parameters)) % 12)
        for mask, bass in parameters.played.run
    ]

    def fit(key: int) -> tuple[int, bool, bool, int]:
        classes = {(each + key) % 12 for each in C_MAJOR}
        inside = sum(mask >> each & 1 for mask, _ in chords for each in classes)
        tonic = (chords[0][1] - key) % 12 in _TONICS
        return inside, key == usual, tonic, -abs(key - usual)

    return max(KEYS.values(), key=fit)
