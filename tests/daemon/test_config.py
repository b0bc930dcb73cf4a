"""The configuration: where it is found, what is refused, and that all errors are reported at once."""

import os
import pickle
import tomllib
from collections.abc import Sequence
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import ConfigError, MidiConfig, Route, Setting, find_config, load_config, packaged_config
from daemon.configkeys import KEYS
from daemon.parameters import Parameters
from daemon.supervision.settings import player_settings
from models.instruments import INSTRUMENTS, instruments_of
from models.notes import VOICES, Voice

SECTIONS = (
    "play, model, parameters, midi, time, control, telemetry, security, osc, "
    "panel, presets, gauge, audio, recording, schedule, log"
)


def write(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def errors_of(path: Path | None, overrides: Sequence[str] = ()) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        load_config(path, overrides, {}, Path("/"))
    return refused.value.errors


def test_the_packaged_file_is_valid_and_holds_exactly_the_defaults() -> None:
    config = load_config(packaged_config(), (), {}, Path("/"))
    assert config.parameters == Parameters()
    for key, setting in config.settings.items():
        assert setting.value == KEYS[key].default, key


def test_the_packaged_file_names_every_key() -> None:
    settings = load_config(packaged_config(), (), {}, Path("/")).settings
    unnamed = {key for key, setting in settings.items() if setting.origin == "default"}
    assert unnamed == {"play.seed", "play.bars", "parameters.tempo", "parameters.swing", "schedule"}
    text = packaged_config().read_text(encoding="utf-8")
    for name in ("seed", "bars", "tempo", "swing"):
        text = text.replace(f"# {name} =", f"{name} =")
    shown = tomllib.loads(text)
    assert shown["play"]["bars"] == 64
    assert (shown["parameters"]["tempo"], shown["parameters"]["swing"]) == (128.0, 0.0)


def test_a_genre_sets_tempo_and_swing_at_the_start_unless_they_are_set(tmp_path: Path) -> None:
    def started(*overrides: str, text: str = "") -> tuple[float, float, str]:
        config = load_config(write(tmp_path, text), overrides, {}, tmp_path)
        return config.parameters.tempo, config.parameters.swing, config.settings["parameters.tempo"].origin

    packaged = load_config(packaged_config(), ["parameters.genre=trance"], {}, Path("/"))
    assert (packaged.parameters.tempo, packaged.parameters.genre) == (138, "trance")
    assert started() == (128, 0, "default")
    assert started("parameters.genre=deep house") == (121, 0.12, "the genre deep house")
    assert started("parameters.genre=deep house", "parameters.swing=0") == (121, 0, "the genre deep house")
    assert started("parameters.genre=dubstep", "parameters.tempo=128") == (128, 0, "the command line")
    assert started(text='[parameters]\ngenre = "drum and bass"\n')[0] == 174
    assert started("parameters.genre=techno", text="[parameters]\ntempo = 100\n")[0] == 100


def test_a_genre_sets_the_sounds_unless_programs_are_set(tmp_path: Path) -> None:
    def started(*overrides: str, text: str = "") -> MidiConfig:
        return load_config(write(tmp_path, text), overrides, {}, tmp_path).midi

    assert started().instruments == INSTRUMENTS
    house, deep = started("parameters.genre=house"), started("parameters.genre=deep house")
    assert house.instruments == instruments_of("house")
    assert house.file_programs() != deep.file_programs() != started().file_programs()
    mine = started("parameters.genre=house", text="[midi]\nlead.program = 1\ndrums.program = 9\n").instruments
    assert (mine["lead"].program, mine["lead"].live_program, mine["lead"].volume) == (0, 0, 64)
    assert (mine["drums"].program, mine["drums"].live_program) == (8, 8)
    assert mine["chords"] == house.instruments["chords"]
    config = load_config(write(tmp_path, ""), ["parameters.genre=trance"], {}, tmp_path)
    assert player_settings(config).instruments == instruments_of("trance")
    for wrong in ("0", "129", "piano", "true"):
        (error,) = errors_of(write(tmp_path, ""), [f"midi.bass.program={wrong}"])
        assert 'it must be "auto", or a whole number, 1 to 128' in error


def test_the_order_of_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, here, named, asked = (tmp_path / name for name in ("home", "here", "named.toml", "asked.toml"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("HOME", str(home))
    here.mkdir()
    assert find_config(None, {}, here) == packaged_config()
    users = platformdirs.user_config_path("edmd")
    users.mkdir(parents=True)
    write(users, "")
    assert find_config(None, {}, here) == users / "config.toml"
    write(here, "")
    assert find_config(None, {}, here) == here / "config.toml"
    assert find_config(None, {"EDMD_CONFIG": str(named)}, here) == named
    assert find_config(asked, {"EDMD_CONFIG": str(named)}, here) == asked
    assert find_config(Path("asked.toml"), {}, here) == here / "asked.toml"


def test_nested_and_quoted_keys_read_the_same(tmp_path: Path) -> None:
    nested = write(tmp_path, "[parameters]\nmelody.temperature = 1.5\n[parameters.lead]\nmute = true")
    first = load_config(nested, (), {}, tmp_path).parameters
    quoted = write(tmp_path, '[parameters]\n"melody.temperature" = 1.5\n"lead.mute" = true')
    assert load_config(quoted, (), {}, tmp_path).parameters == first
    assert (first.melody.temperature, first.lead.mute) == (1.5, True)


def test_overrides_are_toml_or_bare_words(tmp_path: Path) -> None:
    overrides = [
        "parameters.tempo=140", "parameters.scale=F# major", "play.seed=7", "midi.lead.port=7",
        'midi.bass.port="My Synth"', "midi.bass.channel = 9", "midi.clock=false", "parameters.tempo=141",
    ]  # fmt: skip
    config = load_config(write(tmp_path, "play.seed = 1"), overrides, {}, tmp_path)
    assert (config.parameters.tempo, config.parameters.scale) == (141.0, "F# major")
    assert config.midi.routes["lead"] == Route(1, "7")
    assert config.midi.routes["bass"] == Route(9, "My Synth")
    assert config.midi.clock is False
    assert config.play.seed == 7


def test_numbers_on_the_command_line_are_read_as_people_write_them(tmp_path: Path) -> None:
    overrides = ["parameters.swing=.5", "parameters.gate=+0.1", "play.seed=+7", "parameters.tempo=1e2"]
    config = load_config(write(tmp_path, ""), overrides, {}, tmp_path)
    assert (config.parameters.swing, config.parameters.gate) == (0.5, 0.1)
    assert (config.play.seed, config.parameters.tempo) == (7, 100.0)


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("parameters.tempo=1e400", 'parameters.tempo = "1e400": it must be 20 to 300 BPM; it is too large'),
        ("parameters.tempo=nan", '"nan": it must be 20 to 300 BPM; only finite numbers are accepted'),
        ("parameters.tempo=128bpm", '"128bpm": it must be 20 to 300 BPM; write 128'),
        ("parameters.swing=0,5", '"0,5": it must be 0 to 0.75; write 0.5'),
        ("play.bars=\uff11\uff12", "it must be a whole number, 1 to 1000000; write 12"),
        ("play.bars=1.5", "play.bars = 1.5: it must be a whole number, 1 to 1000000"),
        ('play.bars="12"', "it must be a whole number, 1 to 1000000; write it without quotes"),
        ("midi.programs=on", 'midi.programs = "on": it must be "auto", true or false'),
        ("midi.programs=1", 'midi.programs = "1": it must be "auto", true or false'),
        ("midi.effects=on", 'midi.effects = "on": it must be "auto", true or false'),
        ("midi.programs='true'", 'it must be "auto", true or false; write it without quotes'),
        ("control.bind=tcp://127.0.0.1", "; it has no port"),
        ("control.bind=udp://127.0.0.1:9", "; udp is not supported"),
        ("control.bind=tcp://127.0.0.1:99999", "; its port is not a number from 1 to 65535"),
    ],
)
def test_a_value_that_is_refused_is_told_why(override: str, told: str, tmp_path: Path) -> None:
    (error,) = errors_of(write(tmp_path, ""), [override])
    assert told in error


@pytest.mark.parametrize(
    ("written", "voices"),
    [
        ('"auto"', ("chords", "bass")),
        ("true", ("lead", "chords", "bass", "drums")),
        ("false", ()),
    ],
)
def test_programs_and_effects_go_to_the_virtual_ports_unless_asked(
    written: str, voices: tuple[Voice, ...], tmp_path: Path
) -> None:
    path = write(tmp_path, '[midi]\nlead.port = "Prophet"\ndrums.port = "TR-8S"')
    in_file = write(tmp_path / "there", f"{path.read_text()}\nprograms = {written}\neffects = {written}")
    for config in (
        load_config(path, [f"midi.programs={written}", f"midi.effects={written}"], {}, tmp_path),
        load_config(in_file, (), {}, tmp_path),
    ):
        assert config.midi.voices_with_programs() == voices
        assert player_settings(config).programs == voices
        assert player_settings(config).effects == config.midi.voices_with_effects() == voices
        assert config.midi.voices_with_effects_in_files() == (VOICES if voices else ())
    midi = load_config(path, (), {}, tmp_path).midi
    assert midi.programs == midi.effects == "auto"


def test_it_is_known_where_each_value_came_from(tmp_path: Path) -> None:
    path = write(tmp_path, "play.seed = 1")
    settings = load_config(path, ["play.bars=4"], {}, tmp_path).settings
    assert settings["play.seed"] == Setting(1, str(path))
    assert settings["play.bars"] == Setting(4, "the command line")
    assert settings["play.model"] == Setting("edm", "default")


def test_what_two_values_make_wrong_together_is_said_of_where_they_came_from(tmp_path: Path) -> None:
    path = write(tmp_path, "play.seed = 1")
    assert errors_of(path, ["panel.host=0.0.0.0"]) == (
        "the command line: panel.host = 0.0.0.0 is not this machine alone: it needs a panel.password",
    )
    (error,) = errors_of(path, ["control.bind=tcp://127.0.0.1:5571"])
    assert error.startswith("the command line: control.bind and telemetry.bind are both")


def test_every_error_is_told_at_once_with_file_key_value_and_what_is_allowed(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'play.modle = "x"\nplay.bars = 0\n[parameters]\ntempo = 9000\nlead.mute = 1\n'
        '[midi]\nlead.channel = 17\n[control]\nbind = "tcp://0.0.0.0:5570"\n'
        "[security]\nlock = true\n[paint]\n",
    )
    assert errors_of(path, ["tempo", "play.seed=x"]) == (
        f'{path}: play.modle = "x": there is no such key; did you mean play.model?',
        f"{path}: play.bars = 0: it must be a whole number, 1 to 1000000",
        f"{path}: parameters.tempo = 9000: it must be 20 to 300 BPM",
        f"{path}: parameters.lead.mute = 1: it must be true or false",
        f"{path}: midi.lead.channel = 17: it must be a whole number, 1 to 16",
        f"{path}: security.lock = true: there is no such key; did you mean security.keys?",
        f"{path}: paint = an object: there is no such key; sections are {SECTIONS}",
        'the command line: "tempo" is not section.key=value',
        'the command line: play.seed = "x": it must be a whole number, 0 to 9223372036854775807',
        f"{path}: control.bind = tcp://0.0.0.0:5570 is not this machine alone: switch CURVE on "
        "(security.curve = true, keys: edmd keys server), or use a loopback address",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tempo =", "it is not TOML"),
        ("a = 1\na = 2", "it is not TOML"),
        ("[parameters]\ntempo = nan", "parameters.tempo = nan: it must be 20 to 300 BPM"),
        ('[parameters]\ntempo = "140"', 'parameters.tempo = "140": it must be'),
        ("[parameters]\ntempo = true", "parameters.tempo = true: it must be"),
        ("[parameters]\ntempo = 1979-05-27", "parameters.tempo = datetime.date(1979, 5, 27): it must be"),
        ("[parameters]\ntempo = 0x" + "f" * 6000, "parameters.tempo = a very large number: it must be"),
        (
            '[parameters]\nlead.mute = true\n"lead.mute" = true',
            "parameters.lead.mute = true: the key is given twice",
        ),
        ("play = 3", "play = 3: there is no such key"),
        ('telemetry.bind = "tcp://127.0.0.1:5570"', "control.bind and telemetry.bind are both"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = write(tmp_path, text)
    (error,) = errors_of(path)
    assert error.startswith(f"{path}: ")
    assert told in error


def test_a_file_asked_for_must_be_there(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path / "absent.toml")
    assert error == f"{tmp_path}/absent.toml: there is no such file"
    (error,) = errors_of(tmp_path)
    assert "it is a folder" in error


def test_a_file_saved_by_an_editor_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[parameters]\ntempo = 150\n", encoding="utf-8-sig")
    assert load_config(path, (), {}, tmp_path).parameters.tempo == 150
    path.write_text("[parameters]\ntempo = 150\n", encoding="utf-16")
    with pytest.raises(ConfigError, match="it is not text in UTF-8; save it as UTF-8"):
        load_config(path, (), {}, tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_configuration_that_is_no_plain_file_or_unfolds_to_much_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="it is not a regular file"):
        load_config(pipe, (), {}, tmp_path)
    with pytest.raises(ConfigError, match="it is not a regular file"):
        load_config(Path("/dev/zero"), (), {}, tmp_path)
    deep = tmp_path / "deep.toml"
    deep.write_text(".".join(["a"] * 400) + " = 1")
    with pytest.raises(ConfigError, match="nested too deep"):
        load_config(deep, (), {}, tmp_path)
    deep.write_text("\n".join(f"key{number} = 1" for number in range(60_000)))
    with pytest.raises(ConfigError, match="it is larger than"):
        load_config(deep, (), {}, tmp_path)


def test_recordings_have_a_folder_in_any_case(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    assert load_config(path, (), {}, tmp_path).recording_folder == platformdirs.user_music_path() / "edmd"
    assert load_config(path, ["recording.folder=takes"], {}, tmp_path).recording_folder == tmp_path / "takes"


def test_a_config_survives_the_way_to_another_process() -> None:
    config = load_config(packaged_config(), (), {}, Path("/"))
    assert pickle.loads(pickle.dumps(config)) == config


@given(
    st.lists(st.text() | st.sampled_from(list(KEYS)).flatmap(lambda k: st.text().map(lambda v: f"{k}={v}")))
)
def test_any_override_is_taken_or_refused(overrides: list[str]) -> None:
    try:
        load_config(packaged_config(), overrides, {}, Path("/"))
    except ConfigError as refused:
        told = refused.errors
    else:
        told = ()
    assert all(told)


def test_osc_is_off_until_it_is_enabled() -> None:
    assert load_config(Path(os.devnull)).osc is None
    config = load_config(
        Path(os.devnull),
        [
            "osc.enabled=true",
            "osc.bind=[::1]:6000",
            'osc.receivers=["192.168.1.9:9000"]',
            'osc.allow=["10.0.0.0/8"]',
        ],
    )
    assert config.osc == (("::1", 6000), ("10.0.0.0/8",), (("192.168.1.9", 9000),))


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("osc.bind=0.0.0.0:5574", "name who may use it"),
        ("osc.bind=5574", "it must be HOST:PORT"),
        ("osc.bind=localhost:70000", "it must be HOST:PORT"),
        ('osc.allow=["friends"]', "it must be a list of addresses or networks"),
        ('osc.receivers=["192.168.1.9"]', "it must be a list of HOST:PORT"),
    ],
)
def test_wrong_keys_of_osc_are_sentences(override: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(Path(os.devnull), [override])
    assert sentence in refused.value.errors[0]
