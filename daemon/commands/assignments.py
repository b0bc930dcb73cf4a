"""Reading `NAME=VALUE` of `edmd ctl set`: values, defaults, and steps from the value of now."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from daemon.commands.failure import UsageError
from daemon.numerals import NumeralError, read_number, word
from daemon.parameters import SPECS, ParameterError, Spec, Value, check_all, shown, spec_of, told

_SWITCHES: Final = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
_FORM: Final = re.compile(r"\s*([^=]*?)\s*([-+*]?)=\s*(.*?)\s*", re.DOTALL)
# Enough for every parameter, and few enough that 0.1 + 0.2 is 0.3.
_DIGITS: Final = 10
_STEPS: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": lambda now, by: now + by,
    "-": lambda now, by: now - by,
    "*": lambda now, by: now * by,
}


class Step(NamedTuple):
    """A change from the value of now: `sign` is `+`, `-` or `*`."""

    sign: str
    by: float


Wanted = list[tuple[str, Value | Step]]


def read(assignments: Sequence[str]) -> Wanted:
    """Return names with values or steps, in order. Raises UsageError with all errors if one cannot be read."""
    wanted: Wanted = []
    errors: list[str] = []
    for text in assignments:
        found = _FORM.fullmatch(text)
        if found is None:
            errors.append(f"{shown(text)} is not NAME=VALUE{_hint(text)}")
            continue
        name, sign, value = found.groups()
        for each in names_of(name):
            try:
                wanted.append((each, _step(each, sign, value) if sign else _value(each, value)))
            except (NumeralError, ParameterError) as error:
                errors.append(_sentence(each, value, error))
    if errors:
        raise UsageError(told([*errors, *_problems(wanted)]))
    return wanted


def stepped(wanted: Wanted) -> list[str]:
    """Return the names whose value of now is needed."""
    return list(dict.fromkeys(name for name, value in wanted if isinstance(value, Step)))


def values(wanted: Wanted, now: Mapping[str, Value]) -> tuple[dict[str, Value], list[str]]:
    """Return the values to set, and a sentence for each that the parameter's range has cut."""
    params: dict[str, Value] = {}
    cuts = []
    for name, value in wanted:
        if not isinstance(value, Step):
            params[name] = value
            continue
        spec = SPECS[name]
        made = _STEPS[value.sign](float(params.get(name, now[name])), value.by)
        kept = min(max(made, spec.low), spec.high)
        if kept != made:
            cuts.append(f"{name} is {spec.allowed}; {word(made)} was cut to {word(kept)}")
        params[name] = round(kept) if spec.kind == "int" else float(f"{kept:.{_DIGITS}g}")
    return params, cuts


def names_of(name: str) -> list[str]:
    """Return the parameters of a name: itself, or all whose last word it is (`temperature`, `mute`, `octave`)."""
    return [name] if name in SPECS else [each for each in SPECS if each.endswith(f".{name}")] or [name]


def _value(name: str, text: str) -> Value:
    """Read a value; an empty one is the default. Raises NumeralError if the parameter is a number and `text` is none."""
    spec = SPECS.get(name)
    if spec is not None and (not text or spec.kind == "choice"):
        return text or spec.default
    is_number = spec is not None and spec.kind in ("int", "float")
    if not is_number and text.lower() in _SWITCHES:
        return _SWITCHES[text.lower()]
    try:
        return read_number(text)
    except NumeralError:
        if is_number:
            raise
        return text


def _step(name: str, sign: str, text: str) -> Step:
    spec = spec_of(name)
    if spec.kind not in ("int", "float"):
        sentence = f"{sign}= changes numbers only, and {name} is none: write {name}=VALUE"
        raise ParameterError("wrong_type", name, sentence)
    by = read_number(text)
    if spec.kind == "int" and not isinstance(by, int):
        raise NumeralError("it changes by whole numbers only")
    return Step(sign, by)


def _sentence(name: str, text: str, error: NumeralError | ParameterError) -> str:
    if isinstance(error, ParameterError):
        return error.message
    spec: Spec = SPECS[name]
    kind = "a whole number" if spec.kind == "int" else "a number"
    return f"{name} is {kind}, {spec.allowed}; got {shown(text)}" + (f": {error}" if str(error) else "")


def _problems(wanted: Wanted) -> Iterator[str]:
    """Yield the errors that the daemon would report for the values that could be read."""
    try:
        check_all({name: value for name, value in wanted if not isinstance(value, Step)})
    except ParameterError as error:
        yield from error.message.split("\n")


def _hint(text: str) -> str:
    name = text.strip()
    return f": write {name}=VALUE" if names_of(name)[0] in SPECS else ""


def accepted_names(names: Sequence[str]) -> list[str]:
    """Return the parameters that the names stand for, as `set` understands them."""
    return [each for name in names for each in names_of(name)]
