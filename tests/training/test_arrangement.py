"""Sections, phrases and chord loops of small songs whose arrangement is known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.arrangement import HOUSE, dumps, loads
from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.codecs.melody import Sound
from models.genres import NAMES
from models.notes import TICKS_PER_BAR
from tests.training.pieces import random_piece
from training.arrangement import arrangement
from training.harmony import HALVES, chord_loops, loops_of
from training.music import Corpus
from training.piece import Piece
from training.recipe import Synthetic
from training.sections import bar_table, sections
from training.synthetic.pieces import generated
from training.tables import tables

C, F, G, AM = (60, 64, 67), (60, 65, 69), (62, 67, 71), (60, 64, 69)
LOOP = [C, C, G, G, AM, AM, F, F]


def song(chords: Sequence[tuple[int, ...]], times: int, style: str = "edm", key: str = "a.mid") -> Piece:
    """Return chords of half a bar, each with its lowest note in the bass."""
    ticks: list[list[Sound]] = []
    for chord in list(chords) * times:
        notes = [Sound("chords", pitch, 8) for pitch in chord]
        ticks += [[*notes, Sound("bass", chord[0] - 24, 8)], *[[] for _ in range(7)]]
    return replace(random_piece(key, len(ticks), 0, style), melody=melody.encode(ticks))


def drums(bars: int, **hits: Sequence[int]) -> Tokens:
    """Return drums that hit the same ticks in each bar."""
    tokens = np.zeros((bars * TICKS_PER_BAR, len(percussion.DRUMS)), np.int64)
    for drum, ticks in hits.items():
        for tick in ticks:
            tokens[tick::TICKS_PER_BAR, percussion.DRUMS.index(drum)] = 2
    return tokens


def club_song(key: str = "a.mid") -> Piece:
    """Return 8 bars of hats, 16 with everything, 8 without a kick, 16 with everything, 4 of hats."""
    beat, hats, clap = range(0, 16, 4), range(2, 16, 4), (4, 12)
    thin = {"closed_hat": hats}
    full = {"kick": beat, "closed_hat": hats, "clap": clap}
    last = drums(1, kick=beat, closed_hat=hats, clap=clap, snare=range(16))
    parts = [drums(8, **thin), drums(15, **full), last, drums(8), drums(16, **full), drums(4, **thin)]
    kit = np.concatenate(parts)
    tune = song(LOOP, 13).melody
    return replace(random_piece(key, len(kit), 0), melody=tune, percussion=kit)


def test_a_song_is_cut_where_what_sounds_changes_and_named_by_how_full_it_is() -> None:
    found = [(section.name, section.start, section.stop) for section in sections(bar_table(club_song()))]
    assert found == [
        ("intro", 0, 8),
        ("drop", 8, 24),
        ("break", 24, 32),
        ("drop", 32, 48),
        ("outro", 48, 52),
    ]


def test_a_song_without_drums_or_without_a_drop_has_no_sections() -> None:
    silent = replace(club_song(), percussion=drums(52))
    hats = replace(club_song(), percussion=drums(52, closed_hat=(2, 6)))
    assert sections(bar_table(silent)) == sections(bar_table(hats)) == []


def test_lengths_transitions_and_fills_are_counted() -> None:
    style = arrangement([club_song()]).style("edm")
    assert style.lengths == {"break": {2: 1}, "drop": {4: 2}, "intro": {2: 1}, "outro": {1: 1}}
    assert style.transitions == {
        "break": {"drop": 1},
        "drop": {"break": 1, "outro": 1},
        "intro": {"drop": 1},
    }
    roll = tuple(3 if drum == "snare" else 0 for drum in percussion.DRUMS)
    assert style.endings == {"break": (roll,)}
    assert style.filled == 0.25


def test_phrases_tell_levels_manner_and_form() -> None:
    phrases = arrangement([club_song()]).style("edm").phrases
    drop = next(phrase for phrase in phrases if phrase.section == "drop")
    assert drop.four_on_the_floor
    assert drop.voices == ((1,) * 8, (1,) * 8, (0,) * 8)
    assert drop.manner == (3, 3, 0, 0, 3, 3)
    assert drop.form[:2] == ("ABAAABAA", "ABCDABCD")
    assert drop.form[3] == "A" * 8
    last = [phrase for phrase in phrases if phrase.section == "drop"][1]
    assert last.form[4] == "AAAAAAAB"


def test_phrases_have_the_genres_of_their_drums_or_of_their_songs() -> None:
    phrases = arrangement([club_song()]).style("edm").phrases
    for phrase in phrases:  # the break has no drums
        assert len(phrase.genres) == len(NAMES)
        assert phrase.belongs(NAMES.index("house"))
        assert not phrase.belongs(NAMES.index("dubstep"))
        assert not phrase.synthetic
    assert {phrase.section for phrase in phrases} == {"intro", "drop", "break", "outro"}


def test_synthetic_songs_add_marked_phrases_and_change_no_other_figure() -> None:
    made = generated(Synthetic(songs=len(NAMES), seed=0))
    alone, both = arrangement([club_song()]), arrangement([club_song(), *made])
    for style in alone.styles:
        assert both.style(style)._replace(phrases=()) == alone.style(style)._replace(phrases=())
    real = [phrase for phrase in both.style("edm").phrases if not phrase.synthetic]
    assert tuple(real) == alone.style("edm").phrases
    for genre in range(len(NAMES)):
        own = [p for p in both.style("edm").phrases if p.synthetic and p.belongs(genre)]
        assert {"drop", "break"} <= {phrase.section for phrase in own}
        assert all(phrase.genres[genre] == 9 and sum(phrase.genres) == 9 for phrase in own)


def test_a_kick_goes_on_and_a_new_lead_does_not() -> None:
    style = arrangement([club_song()]).style("edm")
    assert style.kept[3] == 1.0
    assert style.kept[0] == 1.0
    assert style.carried[3] == 0.0


def test_held_out_songs_teach_nothing_and_json_gives_the_same_again() -> None:
    names = [f"{number}.mid" for number in range(40)]
    pieces = [club_song(name) for name in names]
    learned = tables(Corpus((), [piece for piece in pieces if piece.split == "train"], {}))
    assert any(piece.split != "train" for piece in pieces)
    assert tables(Corpus((), pieces, {})) == learned
    (content,) = learned.values()
    assert dumps(loads(content)) == content


def test_a_progression_that_returns_is_a_loop() -> None:
    (loop,) = loops_of(bar_table(song(LOOP, 4)), "edm")
    assert len(loop.masks) == HALVES["edm"]
    assert [{n for n in range(12) if mask >> n & 1} for mask in loop.masks] == [
        {p % 12 for p in bar} for bar in LOOP
    ]
    assert loop.roots == tuple(chord[0] % 12 for chord in LOOP)


def test_what_does_not_return_does_not_move_or_is_out_of_key_is_none() -> None:
    chromatic = [tuple(p + n for p in C) for n in range(8)]
    for bars, times in (([C, G, AM, F, G, C, F, G], 1), ([C] * 8, 4), (chromatic, 4)):
        assert loops_of(bar_table(song(bars, times)), "edm") == []


def test_house_may_stay_on_one_chord_and_is_read_from_songs_with_four_on_the_floor() -> None:
    still = song([C] * 8, 4)
    (loop,) = loops_of(bar_table(still), HOUSE)
    assert set(loop.masks) == {0b10010001}
    beat = drums(16, kick=range(0, 16, 4), closed_hat=range(2, 16, 4))
    broken = drums(16, kick=(0, 6, 10), closed_hat=range(2, 16, 4))
    found = arrangement(
        [replace(still, percussion=kit, key=key) for kit, key in ((beat, "a"), (broken, "b"))]
    )
    assert len(found.style(HOUSE).loops) == 1
    assert all(phrase.four_on_the_floor for phrase in found.house.phrases)
    assert len(found.style("edm").phrases) == 2


def test_what_a_tune_adds_to_a_chord_here_and_there_is_left_out_of_its_loop() -> None:
    seventh, suspended = (60, 64, 67, 71), (60, 65, 67)
    (loop,) = loops_of(bar_table(song([C, seventh, C, suspended, G, G, C, C], 4)), "edm")
    c, f = 0b10010001, sum(1 << pitch % 12 for pitch in suspended)
    assert loop.masks[:4] == (c, c, c, f), "half the notes are others: another chord"
    assert loop.masks[6:] == (c, c)


def test_the_commonest_loops_come_first_and_other_styles_are_left_out() -> None:
    rare = [F, F, G, G, C, C, AM, AM]
    songs = [song(chords, 4) for chords in (LOOP, rare, LOOP)]
    common, other = (loops_of(bar_table(one), "edm")[0] for one in songs[:2])
    assert chord_loops([bar_table(one) for one in songs], "edm") == [common, other]
    assert set(arrangement([song(LOOP, 4, "other")]).styles) == {"edm", "classical", HOUSE}
    assert not arrangement([song(LOOP, 4, "other")]).style("edm").loops
