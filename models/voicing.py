"""Assign each note of a song to a voice. Training and reading use this same rule."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.grid import Song, Track
from models.keys import shift_to_common_key
from models.notes import VOICES, Voice

# Each voice is moved by whole octaves, so that its median pitch is near to this.
CENTRES: Final[dict[Voice, int]] = {"bass": 38, "chords": 62, "lead": 75}
_BASS_BELOW: Final = 50
_CHORD_POLYPHONY: Final = 1.7
_LEFT_HAND_BELOW: Final = 60
_LONGEST_WEIGHT_TICKS: Final = 16
# Track names that the POP909 collection, or edmd itself, always uses.
_NAMED: Final[dict[str, Voice]] = {
    "MELODY": "lead",
    "PIANO": "chords",
    "lead": "lead",
    "chords": "chords",
    "bass": "bass",
}

Voicing = NDArray[np.int8]
"""For each note of a track, the index of its voice in VOICES."""


def key_shift(tracks: Sequence[Track]) -> int:
    """Return the shift in semitones (-6..5) that brings pitched tracks to C major or A minor (see `models.keys`)."""
    weight = np.zeros(12)
    for track in tracks:
        np.add.at(weight, track.pitch % 12, np.minimum(track.length, _LONGEST_WEIGHT_TICKS))
    return shift_to_common_key(weight)


def deal(tracks: Sequence[Track]) -> list[Voicing]:
    """Return the voice of every note. Name, register and polyphony decide the voice of a track.

    If there is no bass, the lowest line of the lowest chord track becomes the bass.
    """
    pitched = [index for index, track in enumerate(tracks) if not track.is_drum]
    voices: list[Voice] = ["drums"] * len(tracks)
    for index, voice in zip(pitched, _assigned([tracks[index] for index in pitched]), strict=True):
        voices[index] = voice
    dealt = [
        np.full(len(track.onset), VOICES.index(voice), np.int8)
        for track, voice in zip(tracks, voices, strict=True)
    ]
    if "bass" not in voices and "chords" in voices:
        chords = [index for index, voice in enumerate(voices) if voice == "chords"]
        lowest = min(chords, key=lambda index: float(np.median(tracks[index].pitch)))
        dealt[lowest][_low_line(tracks[lowest])] = VOICES.index("bass")
    return dealt


def _assigned(tracks: Sequence[Track]) -> list[Voice]:
    """Return a voice for each pitched track. Of several single lines the highest is the lead."""
    voices = [_first_guess(track) for track in tracks]
    leads = [index for index, voice in enumerate(voices) if voice == "lead"]
    if len(leads) > 1 and "chords" not in voices:
        # The lower lines carry the harmony, as arpeggios do.
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
    middle, polyphony = float(np.median(track.pitch)), len(track.onset) / len(np.unique(track.onset))
    if polyphony >= _CHORD_POLYPHONY or re.search(r"chord|\bpad|string|left", name):
        return "bass" if middle < _BASS_BELOW - 6 and polyphony < _CHORD_POLYPHONY else "chords"
    return "bass" if middle < _BASS_BELOW else "lead"


def _low_line(track: Track) -> NDArray[np.bool_]:
    """Mark the lowest note of each onset, as a left hand plays it. Mark none if that would be all notes."""
    _, moment = np.unique(track.onset, return_inverse=True)
    floor = np.full(int(moment.max()) + 1, 128)
    np.minimum.at(floor, moment, track.pitch)
    low: NDArray[np.bool_] = (track.pitch == floor[moment]) & (track.pitch < _LEFT_HAND_BELOW)
    return low if not low.all() else np.zeros(len(low), dtype=bool)


def melody_tokens(song: Song, ticks: int, shift: int | None = None) -> Tokens:
    """Return tokens (ticks, 10) of the pitched tracks in the common key; all zeros if there are none.

    `shift` brings them to the common key; without it the key is found.
    """
    rows: list[list[melody.Sound]] = [[] for _ in range(ticks)]
    if shift is None:
        shift = key_shift([track for track in song.tracks if not track.is_drum])
    voicings = deal(song.tracks)
    for register in melody.REGISTERS:
        own = [
            track.only(voicing == VOICES.index(register.voice))
            for track, voicing in zip(song.tracks, voicings, strict=True)
        ]
        pitches = np.concatenate([track.pitch for track in own]) if own else np.zeros(0)
        if not len(pitches):
            continue
        octaves = 12 * round((CENTRES[register.voice] - float(np.median(pitches)) - shift) / 12)
        for track in own:
            for onset, length, pitch in zip(track.onset, track.length, track.pitch, strict=True):
                if 0 <= onset < ticks:
                    rows[onset].append(
                        melody.Sound(register.voice, int(pitch) + shift + octaves, int(length))
                    )
    return melody.encode(rows)


def percussion_tokens(song: Song, ticks: int) -> Tokens:
    """Return tokens (ticks, 9) of the drum tracks. Velocities are relative to the drum's median, because mixes differ."""
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
