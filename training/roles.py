"""Which voice each track of a song plays, and the song moved to the common key and registers."""

import re
from typing import Final

import numpy as np

from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.hearing import BASS_BELOW, CENTRES, CHORD_POLYPHONY
from models.keys import shift_to_common_key
from models.notes import Voice
from training.songs import Song, Track

# Tracks that a collection always names so (POP909).
_NAMED: Final[dict[str, Voice]] = {"MELODY": "lead", "PIANO": "chords"}


def key_shift(tracks: list[Track]) -> int:
    """Semitones (-6..5) that bring music to C major or A minor, by Krumhansl and Schmuckler's correlation."""
    weight = np.zeros(12)
    for track in tracks:
        np.add.at(weight, track.pitch % 12, np.minimum(track.length, 16))
    return shift_to_common_key(weight)


def polyphony(track: Track) -> float:
    """Mean number of notes that begin together."""
    return len(track.onset) / len(np.unique(track.onset))


def assign_voices(tracks: list[Track]) -> list[Voice]:
    """Give each pitched track a voice by name, register and polyphony; the highest single line leads."""
    voices: list[Voice] = [_first_guess(track) for track in tracks]
    leads = [index for index, voice in enumerate(voices) if voice == "lead"]
    if len(leads) > 1 and "chords" not in voices:
        # Of several single lines the lower ones carry the harmony, as arpeggios do.
        leads.sort(key=lambda index: float(np.median(tracks[index].pitch)))
        for index in leads[:-1]:
            voices[index] = "chords"
    return voices


def _first_guess(track: Track) -> Voice:
    if track.name in _NAMED:
        return _NAMED[track.name]
    name = track.name.lower()
    if re.search(r"\bbass|bass\b|\bsub\b", name) and "drum" not in name:
        return "bass"
    if polyphony(track) >= CHORD_POLYPHONY or re.search(r"chord|\bpad|string|left", name):
        low = float(np.median(track.pitch)) < BASS_BELOW - 6
        return "bass" if low and polyphony(track) < CHORD_POLYPHONY else "chords"
    return "bass" if float(np.median(track.pitch)) < BASS_BELOW else "lead"


def split_low_line(tracks: list[Track], voices: list[Voice]) -> tuple[list[Track], list[Voice]]:
    """Where no track is a bass, the lowest notes of the chords become one, as a left hand plays them."""
    if "bass" in voices or "chords" not in voices:
        return tracks, voices
    lowest = min(
        (index for index, voice in enumerate(voices) if voice == "chords"),
        key=lambda index: float(np.median(tracks[index].pitch)),
    )
    track = tracks[lowest]
    floor = {int(t): int(track.pitch[track.onset == t].min()) for t in np.unique(track.onset)}
    is_low = np.array([p == floor[int(t)] and p < 60 for t, p in zip(track.onset, track.pitch, strict=True)])
    if not is_low.any() or is_low.all():
        return tracks, voices
    parts = [track.only(is_low), track.only(~is_low)]
    rest = [t for i, t in enumerate(tracks) if i != lowest]
    return [*rest, *parts], [*[v for i, v in enumerate(voices) if i != lowest], "bass", "chords"]


def melody_tokens(song: Song, ticks: int) -> Tokens:
    """(ticks, 10) tokens of the pitched tracks in the common key; all zeros when there are none."""
    pitched = [track for track in song.tracks if not track.is_drum]
    rows: list[list[melody.Sound]] = [[] for _ in range(ticks)]
    if not pitched:
        return melody.encode(rows)
    shift = key_shift(pitched)
    tracks, voices = split_low_line(pitched, assign_voices(pitched))
    for voice in melody.REGISTERS:
        own = [track for track, assigned in zip(tracks, voices, strict=True) if assigned == voice.voice]
        if not own:
            continue
        middle = float(np.median(np.concatenate([track.pitch for track in own]))) + shift
        octaves = 12 * round((CENTRES[voice.voice] - middle) / 12)
        for track in own:
            for onset, length, pitch in zip(track.onset, track.length, track.pitch, strict=True):
                if 0 <= onset < ticks:
                    rows[onset].append(melody.Sound(voice.voice, int(pitch) + shift + octaves, int(length)))
    return melody.encode(rows)


def percussion_tokens(song: Song, ticks: int) -> Tokens:
    """(ticks, 9) tokens of the drum tracks; velocities count against their drum's median: mixes differ."""
    rows: list[list[percussion.Hit]] = [[] for _ in range(ticks)]
    for track in song.tracks:
        if track.is_drum:
            drums = np.array([percussion.drum_of(int(pitch)) for pitch in track.pitch])
            for drum in np.unique(drums):
                own = drums == drum
                usual = max(float(np.median(track.velocity[own])), 1.0)
                for onset, velocity in zip(track.onset[own], track.velocity[own], strict=True):
                    if 0 <= onset < ticks:
                        rows[onset].append(percussion.Hit(int(drum), velocity / usual))
    return percussion.encode(rows)
