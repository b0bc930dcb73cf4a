"""The table of configuration keys: their defaults, what is allowed, and how a value is checked."""

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from daemon.control.endpoints import ADDRESS, endpoint_problem, host_and_port
from daemon.control.fields import MAX_SEED
from daemon.mapping.bindings import BindingError, read_map
from daemon.mapping.mapfile import boxes
from daemon.numerals import NumeralError, read_number
from daemon.parameters import SPECS, ParameterError, Spec, check, did_you_mean
from daemon.reporting.logs import FORMATS, LEVELS
from daemon.schedule import ScheduleError, read_schedule
from models.notes import CHANNELS, MELODIC_VOICES, VOICES

PROVIDERS: Final = ("auto", "cpu", "cuda")
MIDI_APIS: Final = ("auto", "alsa", "jack", "coremidi", "winmm")
SOURCES: Final = ("internal", "midi", "link")
_PROGRAMS: Final = 128
_MOST_MS: Final = 250
_MOST_LISTED: Final = 16


class Key(NamedTuple):
    """One key. `accept` returns the value to store, or None if it is not allowed.

    `reason` returns an explanation if `allowed` alone does not explain the refusal, else "".
    """

    default: Any
    allowed: str
    accept: Callable[[Any], Any]
    is_number: bool = False
    reason: Callable[[Any], str] = lambda _: ""


def hint_for(key: str) -> str:
    """Return the end of a sentence about an unknown key: the most similar key, or the keys of its section."""
    if f"parameters.{key}" in KEYS:
        return f"; did you mean parameters.{key}?"
    near = did_you_mean(key, tuple(KEYS))
    if near:
        return near
    section = f"{key.split('.', maxsplit=1)[0]}."
    siblings = [known for known in KEYS if known.startswith(section)]
    if siblings:
        return "; [" + section[:-1] + "] has " + ", ".join(known.removeprefix(section) for known in siblings)
    return "; sections are " + ", ".join(dict.fromkeys(known.split(".")[0] for known in KEYS))


def _whole(default: int | None, low: int, high: int) -> Key:
    def accept(value: Any) -> int | None:
        return value if type(value) is int and low <= value <= high else None

    return Key(default, f"a whole number, {low} to {high}", accept, is_number=True, reason=_number_hint)


def _seconds(default: float, low: float, high: float) -> Key:
    def accept(value: Any) -> float | None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number and low <= value <= high else None

    return Key(default, f"{low:g} to {high:g} seconds", accept, is_number=True, reason=_number_hint)


def _milliseconds(default: float) -> Key:
    def accept(value: Any) -> float | None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number and abs(value) <= _MOST_MS else None

    allowed = f"milliseconds, -{_MOST_MS} to {_MOST_MS}"
    return Key(default, allowed, accept, is_number=True, reason=_number_hint)


def _number_hint(value: Any) -> str:
    """Return how to write a number that was written as a text, or ""."""
    if not isinstance(value, str):
        return ""
    try:
        read_number(value)
    except NumeralError as error:
        return str(error)
    return "write it without quotes"


def _switch(default: bool) -> Key:
    return Key(default, "true or false", lambda value: value if isinstance(value, bool) else None)


def _switch_or_list(allowed: str) -> Key:
    names = _list_of(allowed, _some_text)

    def accept(value: Any) -> bool | tuple[str, ...] | None:
        return value if isinstance(value, bool) else names.accept(value)

    return Key(True, allowed, accept)


def _auto_or_switch() -> Key:
    def accept(value: Any) -> bool | str | None:
        return value if isinstance(value, bool) or value == "auto" else None

    def reason(value: Any) -> str:
        return "write it without quotes" if value in ("true", "false") else ""

    return Key("auto", '"auto", true or false', accept, reason=reason)


def _program() -> Key:
    def accept(value: Any) -> int | str | None:
        is_program = type(value) is int and 1 <= value <= _PROGRAMS
        return value if is_program or value == "auto" else None

    return Key("auto", f'"auto", or a whole number, 1 to {_PROGRAMS}', accept, is_number=True)


def _word(default: str, choices: tuple[str, ...]) -> Key:
    allowed = "one of " + ", ".join(choices)
    return Key(default, allowed, lambda value: value if isinstance(value, str) and value in choices else None)


def _text(default: str, allowed: str) -> Key:
    empty_is_fine = default == ""

    def accept(value: Any) -> str | None:
        fits = isinstance(value, str) and "\0" not in value and (value or empty_is_fine)
        return value if fits else None

    return Key(default, allowed, accept)


def _bind(default: str) -> Key:
    def accept(value: Any) -> str | None:
        return value if isinstance(value, str) and endpoint_problem(value, is_open=True) is None else None

    return Key(default, ADDRESS, accept, reason=_endpoint_hint)


def _endpoint_hint(value: Any) -> str:
    """Return what is wrong with the form of an address."""
    return (endpoint_problem(value, is_open=True) if isinstance(value, str) else None) or ""


def _some_text(value: str) -> str | None:
    return value if value.strip() and "\0" not in value else None


def _list_of(allowed: str, accept_one: Callable[[str], object], default: tuple[str, ...] = ()) -> Key:
    def accept(value: Any) -> tuple[str, ...] | None:
        is_list = isinstance(value, list | tuple) and len(value) <= _MOST_LISTED
        fits = is_list and all(isinstance(each, str) and accept_one(each) is not None for each in value)
        return tuple(value) if fits else None

    return Key(default, allowed, accept)


def destination(text: str) -> tuple[str, int] | None:
    """Return port ("" is the virtual one) and channel of "PORT:CHANNEL", None if it is not that."""
    port, colon, channel = text.rpartition(":")
    is_channel = channel.isascii() and channel.isdigit() and 1 <= int(channel) <= 16
    return (port.strip(), int(channel)) if colon and is_channel and "\0" not in port else None


def _network(text: str) -> object:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _schedule(value: Any) -> Any:
    return value if _schedule_hint(value) == "" else None


def _schedule_hint(value: Any) -> str:
    if not isinstance(value, list | tuple) or not all(isinstance(each, Mapping) for each in value):
        return "write it as [[schedule]]"
    try:
        read_schedule(value)
    except ScheduleError as error:
        return str(error)
    return ""


def _map(value: Any) -> Any:
    return value if isinstance(value, Mapping) and not _map_hint(value) else None


def _map_hint(value: Any) -> str:
    """Return what is wrong with a map, or ""."""
    try:
        read_map(value if isinstance(value, Mapping) else {}, "")
    except BindingError as error:
        return str(error)
    return ""


def _parameter(spec: Spec) -> Key:
    def accept(value: Any) -> Any:
        try:
            return check(spec.name, value)
        except ParameterError:
            return None

    is_number = spec.kind in ("int", "float")
    if not is_number:
        return Key(spec.default, spec.allowed, accept)
    return Key(spec.default, spec.allowed, accept, is_number=True, reason=_number_hint)


def _routes() -> dict[str, Key]:
    port = "a part of a port's name, or empty for the virtual port"
    also = 'a list of further "PORT:CHANNEL", such as ["Digitakt:5", ":7"] (no PORT is the virtual port)'
    return {
        key: made
        for voice in VOICES
        for key, made in (
            (f"midi.{voice}.channel", _whole(CHANNELS[voice], 1, 16)),
            (f"midi.{voice}.port", _text("", port)),
            (f"midi.{voice}.also", _list_of(also, destination)),
            (f"midi.{voice}.program", _program()),
            (f"midi.{voice}.delay", _milliseconds(0.0)),
        )
    }


KEYS: Final[Mapping[str, Key]] = {
    "play.model": _text("edm", "the name of a model bundle, or its folder"),
    "model.melody": _text("", "the name of a model for bass, chords and lead, or empty for that of [play]"),
    "model.percussion": _text("", "the name of a model for the drums, or empty for that of [play]"),
    "play.seed": _whole(None, 0, MAX_SEED),
    "play.bars": _whole(None, 1, 1_000_000),
    "play.provider": _word("auto", PROVIDERS),
    "play.horizon_seconds": _seconds(2.0, 0.2, 10.0),
    **{f"parameters.{name}": _parameter(spec) for name, spec in SPECS.items()},
    "midi.api": _word("auto", MIDI_APIS),
    "midi.clock": _switch_or_list("true, false, or a list of ports of voices and virtual ports"),
    "midi.inputs": _list_of('a list of parts of port names, such as ["nanoKONTROL2"]', _some_text),
    "midi.mpe": _list_of(
        f"a list of voices: {', '.join(MELODIC_VOICES)}",
        lambda voice: voice if voice in MELODIC_VOICES else None,
    ),
    "midi.programs": _auto_or_switch(),
    "midi.effects": _auto_or_switch(),
    **_routes(),
    "time.source": _word("internal", SOURCES),
    "time.fallback": _switch(True),
    "time.spp": _switch(True),
    "time.link_start_stop": _switch(False),
    "time.offset": _milliseconds(0.0),
    "control.bind": _bind("tcp://127.0.0.1:5570"),
    "control.map": Key(
        {}, "a table of targets, each with a control, such as tempo = {cc = 20}", _map, reason=_map_hint
    ),
    "control.boxes": _list_of(
        f"a list of ready maps: {', '.join(boxes())}", lambda name: name in boxes() or None, tuple(boxes())
    ),
    "control.learned": _text("", "a file, or empty for `controls.toml` in your configuration folder"),
    "telemetry.bind": _bind("tcp://127.0.0.1:5571"),
    "security.curve": _switch(False),
    "security.keys": _text("", "a folder, or empty for `keys` in your configuration folder"),
    "osc.enabled": _switch(False),
    "osc.bind": Key(
        "127.0.0.1:5574",
        "HOST:PORT, such as 127.0.0.1:5574",
        lambda value: value if isinstance(value, str) and host_and_port(value) else None,
    ),
    "osc.allow": _list_of('a list of addresses or networks, such as ["192.168.1.0/24"]', _network),
    "osc.receivers": _list_of('a list of HOST:PORT, such as ["192.168.1.20:9000"]', host_and_port),
    "panel.host": _text("127.0.0.1", "an address to listen at"),
    "panel.port": _whole(5572, 1, 65535),
    "panel.tls": _text(
        "", 'empty for none, "self" for a certificate that edmd makes, or a certificate\'s PEM file'
    ),
    "panel.tls_key": _text("", "the PEM file of the certificate's key, or empty if it is in the same file"),
    "panel.password": _text("", "a password, or empty if only this machine uses the panel"),
    "panel.password_file": _text("", "a file that contains only the password, or empty"),
    "presets.folder": _text("", "a folder, or empty for `presets` in your configuration folder"),
    "gauge.enabled": _switch(True),
    "gauge.model": _text("gauge", "the name of a gauge bundle, or its folder"),
    "audio.soundfont": _text("", "a sound font (.sf2, .sf3), or empty for one in the usual places"),
    "recording.folder": _text("", "a folder, or empty for `edmd` in your music folder"),
    "schedule": Key(
        [],
        'a list of [[schedule]], each with from and until, such as from = "10:00"',
        _schedule,
        reason=_schedule_hint,
    ),
    "log.level": _word("info", LEVELS),
    "log.file": _text("", "a file, or empty for standard error alone"),
    "log.format": _word("text", FORMATS),
}
