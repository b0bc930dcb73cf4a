"""Files from the field, each made for one thing: every reader gives the same music, or the same true cause.

The files lie beside a checkout of the project, in `../shared/cases`; elsewhere these tests skip.
"""

import time
from pathlib import Path
from typing import Final

import pytest

from models.grid import on_grid
from models.hearing import hear
from models.reading.limits import RefusedError
from models.reading.reader import is_music, read_music
from tests.imports import ROOT
from training.evaluation.music import of_file
from training.songs import read_song

CASES: Final = ROOT.parent / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="there is no folder ../shared/cases of such files")

# What each part plays: its number of notes, "d" for drums. Or the cause of a refusal.
RIGHT: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            *(
                "alien_chunk.mid",
                "alien_tail.mid",
                "eot_mid.mid",
                "hdr_long.mid",
                "key_1byte.mid",
                "key_bad.mid",
            ),
            *("key_mid.mid", "latin1_name.mid", "len_ff.mid", "len_long.mid", "longname.mid", "lyrics.kar"),
            *("meta_short.mid", "no_eot.mid", "ntrks_more.mid", "ppq32767.mid", "rmid.mid", "rs_meta.mid"),
            *("rs_sysex.mid", "seqnum0.mid", "sjis_name.mid", "smpte_off_bad.mid", "sysex_cont.mid"),
            *(
                "sysex_unterminated.mid",
                "tail_zero.mid",
                "tempo0.mid",
                "tempo_2bytes.mid",
                "tempo_4bytes.mid",
            ),
            *("ts_2bytes.mid", "ts_3bytes_key1.mid", "ts_den_32.mid", "ts_den_big.mid", "ts_num0.mid"),
            *("ts_twice_34.mid", "zero_track.mid", "doctype.xml", "plain.mxl", "utf16.musicxml", "one.abc"),
        ),
        "80",
    ),
    "data_hi.mid": "81",
    "day24h.mid": "2880",
    "drum_same_place.mid": "32d",
    "evilname.mid": "80 80",
    "highest.mid": "32",
    "hour1.mid": "120",
    "latin.mid": "32d",
    "lowest.mid": "32",
    "ntrks_less.mid": "80 80",
    "overlap.mid": "30",
    "own_drums_ch4.mid": "216 476 92 301d",
    "pc_other_track.mid": "80 80",
    "pc_twice.mid": "64",
    "pickup.mid": "41",
    "ppq1.mid": "40",
    "retrigger.mid": "20",
    "tempi5000.mid": "640",
    "triplets_mix.mid": "96",
    "ts_255.mid": "16",
    "ts_quarter_bars.mid": "66",
    "unmatched_on.mid": "82",
    "vlq5.mid": "81",
    "xg_drums.mid": "40d",
    "clarinet.musicxml": "80 40",
    "drums.musicxml": "80 80d",
    "drums_only.musicxml": "80d",
    "grace.musicxml": "90",
    "irregular.musicxml": "62",
    "partial_tie.musicxml": "30",
    "perc.abc": "80d",
    "pickup.abc": "82",
    "repeat4.musicxml": "64",
    "repeat8.musicxml": "128",
    "spines.krn": "60 20",
    "voices.abc": "80 10",
    "empty.mid": "is empty",
    "empty.abc": "is empty",
    "empty.krn": "is empty",
    "empty.musicxml": "is empty",
    "hdr_only.mid": "has no tracks",
    "huge_delta.mid": "has 67,108,865 bars; at most 100,000 are allowed",
    "ppq0.mid": "says that a beat has 0 ticks",
    "smpte.mid": "counts time in SMPTE frames",
    "type2.mid": "holds several independent sequences",
    "bad.krn": "has 2 columns in line 5, where 1 are expected",
    "bomb400.mxl": "unpacks to 400 MiB",
    "laughs.musicxml": "declares XML entities",
    "notmusic.xml": "is XML, but not a MusicXML score",
    "two.abc": "holds 2 tunes",
}
# Music without a stretch in 4/4 is read, but not used for training.
ODD_METRES: Final = {"ts_5_32.mid": "20", "ts_11_2.mid": "41", "ts_twice_43.mid": "80"}


def parts_of(path: Path) -> str:
    return " ".join(f"{len(part.notes)}{'d' * part.is_drums}" for part in read_music(path).parts)


def test_every_file_has_its_right_value() -> None:
    files = {path.name for path in CASES.iterdir() if is_music(path)} - {"sixteen.mid"}
    assert files - RIGHT.keys() - ODD_METRES.keys() == set()


@pytest.mark.parametrize(("name", "right"), [*RIGHT.items(), *ODD_METRES.items()])
def test_the_right_music_or_the_right_cause_and_soon(name: str, right: str) -> None:
    began = time.process_time()
    if right[0].isdigit():
        assert parts_of(CASES / name) == right
    else:
        with pytest.raises(RefusedError, match=right):
            read_music(CASES / name)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", [name for name, right in RIGHT.items() if right[0].isdigit()])
def test_training_evaluation_and_priming_hear_the_same(name: str) -> None:
    song, music = read_song(CASES / name), on_grid(read_music(CASES / name), any_metre=True)
    assert [track.pitch.tolist() for track in song.tracks] == [track.pitch.tolist() for track in music.tracks]
    if name == "day24h.mid":
        with pytest.raises(RefusedError, match="has 43,201 bars; at most 4,096 can be evaluated"):
            of_file(CASES / name)
        with pytest.raises(ValueError, match="more than 4096 bars"):
            hear(music)
        return
    measured, heard = of_file(CASES / name), hear(music)
    assert (measured.melody[-len(heard.melody) :] == heard.melody).all()
    assert (measured.percussion[-len(heard.percussion) :] == heard.percussion).all()


@pytest.mark.parametrize("name", ODD_METRES)
def test_an_odd_metre_is_not_learned_from_but_heard(name: str) -> None:
    with pytest.raises(RefusedError, match="not in 4/4"):
        read_song(CASES / name)
    assert hear(on_grid(read_music(CASES / name), any_metre=True)).bars > 0
