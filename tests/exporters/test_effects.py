"""Sweeps, risers and impacts in exported files: in MIDI and audio, not in scores, pictures, or music that is read."""

from dataclasses import replace
from pathlib import Path

from exporters.balance import is_ours_to_balance
from exporters.effects import effects_part
from exporters.formats import Settings, write
from exporters.midi import file_bytes
from exporters.music import of_take
from models.effects import EFFECTS, IMPACT, RISER, ControlRow
from models.grid import on_grid
from models.music import Sound
from models.notes import VOICES
from models.reading.midi import midi_music
from tests.exporters.pieces import BAR, BEAT, take

ROWS: tuple[ControlRow, ...] = (
    (0, "lead", b"\xb0\x4a\x18"),
    (0, "effects", bytes((0xCF, RISER.program))),
    (0, "effects", b"\xbf\x4a\x18"),
    (0, "effects", bytes((0x9F, RISER.pitch, 80))),
    (BAR, "lead", b"\xb0\x4a\x40"),
    (BAR, "effects", bytes((0x8F, RISER.pitch, 64))),
    (BAR, "effects", bytes((0xCF, IMPACT.program))),
    (BAR, "effects", bytes((0x9F, IMPACT.pitch, 110))),
    (BAR + 2 * BEAT, "effects", bytes((0x8F, IMPACT.pitch, 64))),
)
PIECE = of_take(replace(take(), controls=ROWS), "a piece")


def test_a_midi_file_has_the_sweeps_on_their_tracks_and_the_effects_on_one_of_their_own() -> None:
    parts = {part.name: part for part in midi_music(file_bytes(PIECE), "").parts}
    assert [message for _, message in parts["lead"].controls if message[1] == 74] == [ROWS[0][2], ROWS[4][2]]
    effects = parts[EFFECTS]
    assert (effects.channel, effects.program) == (16, RISER.program)
    assert effects.notes == (Sound(0, BAR, RISER.pitch, 80), Sound(BAR, 2 * BEAT, IMPACT.pitch, 110))
    assert (BAR, bytes((0xCF, IMPACT.program))) in effects.controls


def test_a_take_without_effects_has_no_part_of_them() -> None:
    assert {part.name for part in of_take(take()).parts} == set(VOICES)
    assert effects_part([(0, b"\xbf\x4a\x40")], BAR) == ()


def test_a_riser_without_an_end_lasts_as_long_as_the_take() -> None:
    (part,) = effects_part([(BAR, bytes((0x9F, RISER.pitch, 80)))], 4 * BAR)
    assert part.notes == (Sound(BAR, 3 * BAR, RISER.pitch, 80),)


def test_effects_are_no_notes_to_read() -> None:
    assert {track.name for track in on_grid(PIECE).tracks} == set(VOICES)
    assert PIECE.without_effects().parts == tuple(part for part in PIECE.parts if part.name != EFFECTS)
    assert PIECE.without_effects().without_effects() == PIECE.without_effects()


def test_a_score_is_the_same_with_and_without_effects(tmp_path: Path) -> None:
    paths = [tmp_path / "with.musicxml", tmp_path / "without.musicxml"]
    for path, music in zip(paths, (PIECE, of_take(take(), "a piece")), strict=True):
        write(music, path, "score", Settings())
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_mix_is_balanced_with_them() -> None:
    assert is_ours_to_balance(PIECE)
