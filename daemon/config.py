"""Reading the configuration: config.toml and overrides become one frozen Config, or a list of all errors."""

import contextlib
import hashlib
import math
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import platformdirs

from daemon.configkeys import KEYS, destination, hint_for
from daemon.control.curvekeys import CLIENTS, SECRET, SERVER, KeyFileError, check_private, read_pair
from daemon.control.endpoints import endpoint_problem, host_and_port, is_loopback
from daemon.control.osc import OscSettings
from daemon.mapping.bindings import read_map
from daemon.mapping.mapfile import read_boxes
from daemon.mapping.settings import MapSettings
from daemon.numerals import NumeralError, read_number
from daemon.parameters import AUTO, Parameters, shown
from daemon.password import (
    FILE_KEY,
    HIDDEN,
    KEY,
    ON_COMMAND_LINE,
    Password,
    PasswordError,
    is_secret,
    password_of,
    weakness,
)
from daemon.reporting.logs import LogSettings
from daemon.schedule import Hours, read_schedule
from models.genres import genre_named
from models.instruments import INSTRUMENTS, Instrument, instruments_of
from models.notes import VOICES, Voice
from models.reading.files import read_plain
from models.reading.limits import RefusedError

FILE_NAME: Final = "config.toml"
ENVIRONMENT_NAME: Final = "EDMD_CONFIG"
FROM_COMMAND_LINE: Final = "the command line"
FROM_DEFAULT: Final = "default"
_PARAMETERS: Final = "parameters."
_LARGEST_BYTES: Final = 256 * 1024
_DEEPEST: Final = 8


class ConfigError(Exception):
    """The configuration is refused. `errors` has one line for each error."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


class Setting(NamedTuple):
    """One value in force, and where it came from: a file, the command line, or the default."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class PlayConfig:
    """How to play. `seed` None draws a new seed at each start; `bars` None plays without end."""

    model: str
    seed: int | None
    bars: int | None
    provider: str
    horizon_seconds: float


@dataclass(frozen=True, slots=True)
class Route:
    """A voice's MIDI channel (from 1) and port, further (port, channel) in `also`, and its `delay` in ms.

    `port` is a part of a port's name, or "" for the virtual port.
    """

    channel: int
    port: str
    also: tuple[tuple[str, int], ...] = ()
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class MidiConfig:
    """The MIDI system, whether clock, programs and effects are sent, and the route and instrument of each voice.

    `clock` may also be the names of the ports that get it. `inputs` are parts of the names of input ports, `mpe` the
    voices that are also sent as MPE.
    """

    api: str
    clock: bool | tuple[str, ...]
    programs: bool | Literal["auto"]
    effects: bool | Literal["auto"]
    routes: Mapping[Voice, Route]
    instruments: Mapping[Voice, Instrument] = field(default_factory=lambda: INSTRUMENTS)
    inputs: tuple[str, ...] = ()
    mpe: tuple[str, ...] = ()

    def voices_with_programs(self) -> tuple[Voice, ...]:
        """Return the voices for which program, volume and pan are sent. `auto` means the voices on virtual ports."""
        return self._voices(self.programs)

    def voices_with_effects(self) -> tuple[Voice, ...]:
        """Return the voices whose effects are sent. `auto` means the voices on virtual ports."""
        return self._voices(self.effects)

    def voices_with_effects_in_files(self) -> tuple[Voice, ...]:
        """Return the voices whose effects a rendered file has: all, as on virtual ports, or none."""
        return tuple(self.routes) if self.effects else ()

    def _voices(self, choice: bool | Literal["auto"]) -> tuple[Voice, ...]:
        return tuple(
            voice
            for voice, route in self.routes.items()
            if choice is True or (choice == "auto" and not route.port)
        )

    def delays(self) -> dict[Voice, float]:
        """Return the delay of each voice in ms."""
        return {voice: route.delay for voice, route in self.routes.items()}

    def file_programs(self) -> dict[Voice, int]:
        """Return the program of each voice in files, from 0."""
        return {voice: instrument.program for voice, instrument in self.instruments.items()}


@dataclass(frozen=True, slots=True)
class TimeConfig:
    """What leads the time, and how a foreign clock is followed; `offset` is in milliseconds."""

    source: Literal["internal", "midi", "link"]
    fallback: bool
    spp: bool
    link_start_stop: bool
    offset: float


@dataclass(frozen=True, slots=True)
class PanelConfig:
    """Where the web panel listens. An address other than loopback needs a `password`."""

    host: str
    port: int
    password: str = field(repr=False)
    tls: str = ""
    tls_key: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of one run; can be pickled. `source` is the file that was read.

    With `curve`, clients need a key, and `keys` is the folder of keys. `settings` contains no secret. `warnings` are
    sentences about settings that work but are unsafe.
    """

    source: Path
    play: PlayConfig
    parameters: Parameters
    midi: MidiConfig
    time: TimeConfig
    parts: Mapping[Literal["melody", "percussion"], str]
    control_bind: str
    telemetry_bind: str
    osc: OscSettings | None
    maps: MapSettings
    gauge: str | None
    recording_folder: Path
    soundfont: Path | None
    preset_folder: Path
    panel: PanelConfig
    log: LogSettings
    settings: Mapping[str, Setting]
    warnings: tuple[str, ...] = ()
    curve: bool = False
    keys: Path = Path()
    schedule: tuple[Hours, ...] = ()


def load_config(
    path: Path | None = None,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
    cwd: Path | None = None,
) -> Config:
    """Read the first configuration file found and apply `overrides` (`section.key=value`).

    Raises ConfigError that names every unknown key and wrong value, its file, and what is allowed.
    """
    folder = cwd or Path.cwd()
    errors: list[str] = []
    source = find_config(path, environ, folder)
    settings = {key: Setting(known.default, FROM_DEFAULT) for key, known in KEYS.items()}
    settings |= _checked(_read(source, errors), str(source), errors)
    settings |= _checked(_parse_overrides(overrides, errors), FROM_COMMAND_LINE, errors)
    settings |= _of_genre(settings)
    bind = settings["control.bind"].value
    if bind == settings["telemetry.bind"].value and not bind.endswith(":*"):
        origins = (settings["control.bind"].origin, settings["telemetry.bind"].origin)
        where = next(origin for origin in origins if origin != FROM_DEFAULT)
        errors.append(f"{where}: control.bind and telemetry.bind are both {bind}; they must be different")
    if problem := _osc_problem(settings):
        errors.append(problem)
    errors += _curve_problems(settings, folder)
    password = _password(settings, environ, folder, errors)
    host, where = settings["panel.host"]
    if password is not None and not is_loopback(host) and (missing := weakness(password.text)):
        errors.append(f"{where}: panel.host = {host} is not this machine alone: {missing}")
    if errors or password is None:
        raise ConfigError(errors)
    settings[KEY] = Setting(HIDDEN if password.text else "", password.origin)
    return _build(source, settings, folder, password)


def _of_genre(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """Return the tempo and the swing of the genre; empty for `auto`. What a file or the command line sets is left out."""
    name = settings["parameters.genre"].value
    if name == AUTO:
        return {}
    genre = genre_named(name)
    wanted = {"parameters.tempo": float(genre.tempo), "parameters.swing": genre.swing}
    origin = f"the genre {name}"
    return {
        key: Setting(value, origin) for key, value in wanted.items() if settings[key].origin == FROM_DEFAULT
    }


def _password(
    settings: Mapping[str, Setting], environ: Mapping[str, str], cwd: Path, errors: list[str]
) -> Password | None:
    name, origin = settings[FILE_KEY]
    try:
        return password_of(environ, cwd / Path(name).expanduser() if name else None, origin, *settings[KEY])
    except PasswordError as error:
        errors.append(str(error))
        return None


def find_config(path: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the path of the first configuration file, in the order of the sources.

    A file that `path` or the environment names is returned even if it does not exist.
    """
    named = path or (Path(environ[ENVIRONMENT_NAME]) if environ.get(ENVIRONMENT_NAME) else None)
    if named is not None:
        return cwd / named.expanduser()
    places = (cwd / FILE_NAME, platformdirs.user_config_path("edmd") / FILE_NAME)
    return next((place for place in places if place.is_file()), packaged_config())


def packaged_config() -> Path:
    """Return the path of the default configuration: beside this file if installed, one folder up in a checkout."""
    here = Path(__file__).resolve().parent
    beside = here / FILE_NAME
    return beside if beside.is_file() else here.parent / FILE_NAME


def _read(source: Path, errors: list[str]) -> list[tuple[str, Any]]:
    if str(source) == os.devnull:  # a usual way to choose the defaults
        return []
    try:
        text = read_plain(source, _LARGEST_BYTES).decode("utf-8-sig")
        return list(_flatten(tomllib.loads(text)))
    except RefusedError as refusal:
        errors.append(f"{source}: {f'it {refusal}' if source.exists() else 'there is no such file'}")
    except RecursionError:
        errors.append(f"{source}: it is nested too deep")
    except UnicodeDecodeError:
        errors.append(f"{source}: it is not text in UTF-8; save it as UTF-8")
    except ValueError as error:
        errors.append(f"{source}: it is not TOML: {error}")
    return []


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return pairs of dotted key and value, so that nested tables and quoted dotted keys are the same."""
    pairs: list[tuple[str, Any]] = []
    if prefix.count(".") > _DEEPEST:
        raise RecursionError
    for name, value in table.items():
        key = f"{prefix}{name}"
        is_section = isinstance(value, dict) and key not in KEYS
        known_section = any(known.startswith(f"{key}.") for known in KEYS)
        pairs += _flatten(value, f"{key}.") if is_section and (value or known_section) else [(key, value)]
    return pairs


def _parse_overrides(overrides: Sequence[str], errors: list[str]) -> list[tuple[str, Any]]:
    pairs = []
    for override in overrides:
        key, equals, text = override.partition("=")
        if key.strip() == KEY:
            errors.append(f"{FROM_COMMAND_LINE}: {ON_COMMAND_LINE}")
            continue
        if not equals:
            errors.append(f"{FROM_COMMAND_LINE}: {shown(override)} is not section.key=value")
            continue
        pairs.append((key.strip(), _override_value(key.strip(), text.strip())))
    # If a key is given twice, the last value counts, as with any option.
    return list(dict(pairs).items())


def _override_value(key: str, text: str) -> Any:
    """Read a TOML value. A text that is not TOML, or is an unquoted text for a text key, is taken as it is.

    Numbers may also have forms that TOML does not know: `.5`, `+3`.
    """
    if key in KEYS and KEYS[key].is_number:
        with contextlib.suppress(NumeralError):
            return read_number(text)
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = parsed["value"]
    if isinstance(value, float) and not math.isfinite(value):
        return text
    holds_text = key in KEYS and isinstance(KEYS[key].default, str)
    is_text = holds_text and not isinstance(value, str) and KEYS[key].accept(value) is None
    return text if len(parsed) != 1 or is_text else value


def _checked(pairs: Sequence[tuple[str, Any]], origin: str, errors: list[str]) -> dict[str, Setting]:
    settings: dict[str, Setting] = {}
    for key, value in pairs:
        is_hidden = is_secret(key, is_known=key in KEYS)
        setting = f"{origin}: {key} = {HIDDEN if is_hidden else shown(value)}"
        if key not in KEYS:
            errors.append(f"{setting}: there is no such key{hint_for(key)}")
        elif key in settings:
            errors.append(f"{setting}: the key is given twice")
        elif (accepted := KEYS[key].accept(value)) is None:
            reason = KEYS[key].reason(value)
            errors.append(f"{setting}: it must be {KEYS[key].allowed}" + (f"; {reason}" if reason else ""))
        else:
            settings[key] = Setting(accepted, origin)
    return settings


def _build(source: Path, settings: Mapping[str, Setting], cwd: Path, password: Password) -> Config:
    values = {key: setting.value for key, setting in settings.items()}
    section = {key.removeprefix(_PARAMETERS): v for key, v in values.items() if key.startswith(_PARAMETERS)}
    folder, presets = values["recording.folder"], values["presets.folder"]
    return Config(
        source=source,
        play=PlayConfig(*(values[f"play.{name}"] for name in PlayConfig.__dataclass_fields__)),
        parameters=Parameters.from_names(section),
        midi=MidiConfig(
            api=values["midi.api"],
            clock=values["midi.clock"],
            programs=values["midi.programs"],
            effects=values["midi.effects"],
            routes={v: _route(values, v) for v in VOICES},
            instruments=_instruments(values),
            inputs=values["midi.inputs"],
            mpe=values["midi.mpe"],
        ),
        time=TimeConfig(*(values[f"time.{name}"] for name in TimeConfig.__dataclass_fields__)),
        parts={"melody": values["model.melody"], "percussion": values["model.percussion"]},
        control_bind=values["control.bind"],
        telemetry_bind=values["telemetry.bind"],
        osc=_osc(values),
        maps=_maps(values, cwd),
        gauge=values["gauge.model"] if values["gauge.enabled"] else None,
        panel=PanelConfig(
            values["panel.host"],
            values["panel.port"],
            password.text,
            _tls_file(values["panel.tls"], cwd),
            _tls_file(values["panel.tls_key"], cwd),
        ),
        preset_folder=cwd / Path(presets).expanduser() if presets else default_presets(),
        recording_folder=cwd / Path(folder).expanduser() if folder else default_recordings(),
        soundfont=cwd / Path(values["audio.soundfont"]).expanduser() if values["audio.soundfont"] else None,
        log=LogSettings(
            values["log.level"],
            str(cwd / Path(values["log.file"]).expanduser()) if values["log.file"] else "",
            values["log.format"],
        ),
        settings=dict(settings),
        warnings=(password.warning,) if password.warning else (),
        curve=values["security.curve"],
        keys=_keys(values["security.keys"], cwd),
        schedule=read_schedule(values["schedule"]),
    )


def _tls_file(text: str, cwd: Path) -> str:
    return text if text in ("", "self") else str(cwd / Path(text).expanduser())


def _route(values: Mapping[str, Any], voice: Voice) -> Route:
    also = (destination(each) for each in values[f"midi.{voice}.also"])
    return Route(
        values[f"midi.{voice}.channel"],
        values[f"midi.{voice}.port"],
        tuple(each for each in also if each),
        values[f"midi.{voice}.delay"],
    )


def _maps(values: Mapping[str, Any], cwd: Path) -> MapSettings:
    """Return the maps of MIDI controllers, without what was learned: that may change while edmd runs."""
    learned = values["control.learned"]
    return MapSettings(
        ready=tuple(read_boxes(values["control.boxes"])),
        configured=tuple(read_map(values["control.map"], "config")),
        path=cwd / Path(learned).expanduser() if learned else default_learned(),
    )


def _osc(values: Mapping[str, Any]) -> OscSettings | None:
    bind = host_and_port(values["osc.bind"])
    if bind is None or not values["osc.enabled"]:
        return None
    receivers = (host_and_port(each) for each in values["osc.receivers"])
    return OscSettings(bind, values["osc.allow"], tuple(each for each in receivers if each))


def _osc_problem(settings: Mapping[str, Setting]) -> str | None:
    """Return the error of an open address without a list of those who may use it."""
    bind, where = settings["osc.bind"]
    host, _ = host_and_port(bind) or ("", 0)
    if is_loopback(host) or settings["osc.allow"].value:
        return None
    return f'{where}: osc.bind = {bind} is not this machine alone: name who may use it, osc.allow = ["192.168.1.0/24"]'


def _curve_problems(settings: Mapping[str, Setting], cwd: Path) -> list[str]:
    """Return the errors of open addresses without CURVE, or of CURVE without the daemon's keys."""
    is_on, where = settings["security.curve"]
    if is_on:
        try:
            folder = _keys(settings["security.keys"].value, cwd)
            read_pair(folder / f"{SERVER}{SECRET}")
            check_private(folder / CLIENTS)
        except (KeyFileError, OSError) as error:
            mend = "" if "chmod" in str(error) else "; make them: edmd keys server"
            return [f"{where}: security.curve = true needs the daemon's keys: {error}{mend}"]
        return []
    return [
        f"{settings[key].origin}: {key} = {settings[key].value} is not this machine alone: switch CURVE on "
        "(security.curve = true, keys: edmd keys server), or use a loopback address"
        for key in ("control.bind", "telemetry.bind")
        if endpoint_problem(settings[key].value)
    ]


def _keys(text: str, cwd: Path) -> Path:
    return cwd / Path(text).expanduser() if text else default_keys()


def _instruments(values: Mapping[str, Any]) -> Mapping[Voice, Instrument]:
    """Return the instruments of the genre, with the programs that the configuration sets."""
    return {
        voice: instrument
        if (program := values[f"midi.{voice}.program"]) == AUTO
        else instrument.playing(program - 1)
        for voice, instrument in instruments_of(values["parameters.genre"]).items()
    }


def default_presets() -> Path:
    """Return the folder for presets if the configuration names none."""
    return platformdirs.user_config_path("edmd") / "presets"


def default_keys() -> Path:
    """Return the folder for CURVE keys if the configuration names none."""
    return platformdirs.user_config_path("edmd") / "keys"


def default_learned() -> Path:
    """Return the file for learned controls if the configuration names none."""
    return platformdirs.user_config_path("edmd") / "controls.toml"


def state_folder(source: Path) -> Path:
    """Return the folder of what a daemon with this configuration file remembers."""
    name = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:16]
    return platformdirs.user_state_path("edmd") / name


def default_recordings() -> Path:
    """Return the folder for recordings if the configuration names none."""
    return platformdirs.user_music_path() / "edmd"
