"""The produced sound: what listeners expect of a drop, and that it needs no sound font."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from exporters.audio import write_audio
from exporters.formats import Settings, check, write
from exporters.loudness import FRAME, RATE, Meter, integrated, true_peaks
from exporters.playing import Sounding
from exporters.studio.drums import kick_rate, root_of
from exporters.studio.notes import Target, approach, tone_note
from exporters.studio.produce import Producer
from exporters.studio.sounds import STRIPS, sounds
from exporters.synthesiser import Samples
from exporters.tracks import Track
from models.effects import EFFECTS, FILTER, IMPACT, RISER
from models.genres import NAMES
from models.instruments import instruments_of
from models.music import Music, Part, Sound
from models.notes import PULSES_PER_BAR, PULSES_PER_BEAT, VOICES
from models.take import Key
from tests import needs

soundfile = needs.library("soundfile")

BARS = 4
PRODUCED = Sounding(None, is_produced=True)


def part_of(voice: str, notes: Sequence[tuple[float, float, int]], genre: str = "") -> Part:
    """Return a voice with notes of (beat, length, pitch)."""
    made = tuple(
        Sound(round(beat * PULSES_PER_BEAT), round(length * PULSES_PER_BEAT), pitch, 105)
        for beat, length, pitch in notes
    )
    programs: dict[str, int] = {v: instruments_of(genre)[v].program for v in VOICES}
    program = programs.get(voice, RISER.program)
    return Part(voice, 10 if voice == "drums" else 1, program, made, is_drums=voice == "drums")


def a_drop(genre: str) -> Music:
    """Return four bars of kicks, claps, hats, bass between the kicks, chords and a melody."""
    beats = range(4 * BARS)
    kit = [(b, 0.1, 36) for b in beats] + [(b + 0.5, 0.1, 46) for b in beats]
    kit += [(b, 0.1, 39) for b in beats if b % 2] + [(b / 4, 0.1, 42) for b in range(16 * BARS)]
    chords = [(b + 0.5, 0.5, pitch) for b in beats for pitch in (57, 60, 64)]
    lead = [(b + 0.25 * n, 0.25, 69 + 3 * n) for b in beats for n in range(3)]
    bass = [(b + n / 4, 0.23, 33) for b in beats for n in (1, 2, 3)]
    parts = {"lead": lead, "chords": chords, "bass": bass, "drums": sorted(kit)}
    made = tuple(part_of(voice, notes, genre) for voice, notes in parts.items())
    end = BARS * PULSES_PER_BAR
    return Music("t", made, ((0, 128.0),), ((0, "drop"),), end, keys=((0, Key(0, True)),))


def heard(music: Music, path: Path) -> Samples:
    write_audio(music, path, PRODUCED)
    sound: Samples = soundfile.read(path, dtype="float32")[0]
    return sound


def played(music: Music, name: str, folder: Path) -> Samples:
    """Return one part as it is in the mix."""
    length = round(music.seconds * RATE)
    with Track(folder / name, length) as track:
        part = next(part for part in music.parts if part.name == name)
        Producer(music).play(part, track, lambda _: None)
        return track.read(0, length).copy()


def power(sound: Samples, start: float, seconds: float) -> float:
    """Return the mean power of a moment in dB."""
    part = sound[round(start * RATE) : round((start + seconds) * RATE)]
    return 10 * float(np.log10(np.square(part).mean() + 1e-12))


@pytest.mark.parametrize("genre", ["", "techno", "ambient"])
def test_a_drop_is_as_loud_and_dense_as_it_should_be(genre: str, tmp_path: Path) -> None:
    sound = heard(a_drop(genre), tmp_path / "x.wav")
    meter, nothing = Meter(), np.zeros((0, 2), np.float32)
    meter.hear(sound[: len(sound) // FRAME * FRAME])
    measure = meter.measure()
    assert integrated(measure.power) == pytest.approx(-14, abs=0.3)
    assert 20 * np.log10(true_peaks(sound, nothing, nothing).max()) <= -1
    assert 7 < 20 * np.log10(np.abs(sound).max()) - 10 * np.log10(np.square(sound).mean()) < 11.5
    assert 10 * np.log10((measure.mid_power + measure.side_power) / measure.mid_power) < 1


def test_only_the_drop_counts_for_its_loudness(tmp_path: Path) -> None:
    """A soft break after the drop does not make the drop louder."""
    drop = a_drop("")
    end = 2 * drop.end_pulse
    chords = next(part for part in drop.parts if part.name == "chords")
    later = tuple(note._replace(pulse=note.pulse + drop.end_pulse, velocity=40) for note in chords.notes)
    parts = tuple(p._replace(notes=(*p.notes, *later)) if p is chords else p for p in drop.parts)
    whole = Music("t", parts, drop.tempos, ((0, "drop"), (drop.end_pulse, "break")), end, keys=drop.keys)
    sound = heard(whole, tmp_path / "x.wav")
    meter = Meter()
    meter.hear(sound[: len(sound) // 2 // FRAME * FRAME])
    assert integrated(meter.measure().power) == pytest.approx(-14, abs=0.4)


def test_own_music_is_played_without_a_sound_font_and_without_a_synthesiser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "exporters.formats.instrument", lambda *_, **__: pytest.fail("a synthesiser is asked for")
    )
    check(tmp_path / "x.wav", "audio", Settings(), VOICES)
    assert write(a_drop(""), tmp_path / "x.wav", "audio", Settings()) == [tmp_path / "x.wav"]
    assert np.abs(soundfile.read(tmp_path / "x.wav")[0]).max() > 0.3


def test_parts_add_up_to_the_whole(tmp_path: Path) -> None:
    music = a_drop("house")
    stems = [tmp_path / f"{part.name}.wav" for part in music.parts]
    write_audio(music, tmp_path / "all.wav", PRODUCED, stems)
    whole = soundfile.read(tmp_path / "all.wav")[0]
    assert np.abs(sum(soundfile.read(stem)[0] for stem in stems) - whole).max() < 1e-3


def test_a_kick_lowers_the_bass(tmp_path: Path) -> None:
    music = a_drop("")
    held = part_of("bass", [(0, 16, 33)])
    alone = played(Music("t", (held,), music.tempos, (), music.end_pulse), "bass", tmp_path)
    beside = played(
        Music("t", (held, part_of("drums", [(8, 0.1, 36)])), music.tempos, (), music.end_pulse),
        "bass",
        tmp_path,
    )
    at = 8 * 60 / 128
    assert power(beside, at + 0.02, 0.05) < power(alone, at + 0.02, 0.05) - 8
    assert power(beside, at + 0.5, 0.2) == pytest.approx(power(alone, at + 0.5, 0.2), abs=0.5)


def test_a_sweep_closes_the_filter_and_a_riser_rises_into_an_impact(tmp_path: Path) -> None:
    music = a_drop("")
    chords = part_of("chords", [(0, 16, 60)])
    closed = chords._replace(controls=((0, bytes((0xB0, FILTER, 20))),))
    open_, shut = (
        played(Music("t", (each,), music.tempos, (), music.end_pulse), "chords", tmp_path)
        for each in (chords, closed)
    )
    assert power(shut, 1, 2) < power(open_, 1, 2) - 2
    expression = tuple((beat * PULSES_PER_BEAT, bytes((0xB0, 11, 24 + 12 * beat))) for beat in range(8))
    effects = part_of(EFFECTS, [(0, 8, RISER.pitch), (8, 2, IMPACT.pitch)])._replace(controls=expression)
    sound = played(Music("t", (effects,), music.tempos, (), music.end_pulse), EFFECTS, tmp_path)
    beat = 60 / 128
    steps = [power(sound, at * beat, beat) for at in (1, 3, 5, 7)]
    assert steps == sorted(steps)
    assert steps[-1] > steps[0] + 10
    assert power(sound, 8 * beat, 0.2) > -40


def test_every_genre_has_its_sounds() -> None:
    made = sounds()
    for genre in ("", *NAMES):
        programs: dict[str, int] = {voice: instruments_of(genre)[voice].program for voice in VOICES}
        assert made.genre_of(programs) == genre
        strips = {name: made.strip(genre, name) for name in STRIPS}
        assert all(strips[voice].tone in made.tones for voice in ("lead", "chords", "bass"))
        assert made.kit(strips["drums"].kit).keys() == made.levels.keys()


@pytest.mark.parametrize("root", range(12))
def test_kicks_end_at_the_tonic_or_its_fifth(root: int) -> None:
    steps = 12 * np.log2(kick_rate(root))
    assert abs(steps) < 3.01
    assert round(7 + steps - root) % 12 in (0, 7)


def test_keys_have_their_tonic() -> None:
    assert [root_of(key) for key in (Key(0), Key(0, True), Key(1), Key(-2, True))] == [0, 9, 7, 7]


def test_a_note_has_its_pitch() -> None:
    for name, tone in sounds().tones.items():
        sound = tone_note(tone, 57, 0.8, 1.0, 128.0).mean(axis=0)[: RATE // 2 * 2]
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * RATE))
        octaves = [spectrum[round(8 * hertz) - 24 : round(8 * hertz) + 24].max() for hertz in (110, 220, 440)]
        assert max(octaves) > 0.2 * spectrum.max(), name


def test_values_approach_their_targets() -> None:
    times = np.arange(0, 3, 0.01)
    value = approach(0.0, [Target(1.0, 1.0, 0.1), Target(2.0, 0.0, 0.1)], times)
    assert value[50] == 0
    assert value[110] == pytest.approx(1 - np.exp(-1), abs=0.01)
    assert value[199] == pytest.approx(1, abs=0.01)
    assert value[299] == pytest.approx(0, abs=0.01)
