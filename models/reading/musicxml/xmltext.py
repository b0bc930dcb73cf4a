"""XML of strangers, element by element: nothing is declared, expanded or fetched, depth and number are bounded."""

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat

from models.reading.limits import Limits, RefusedError
from models.reading.notation.texts import plain

# Small, so that elements are read and forgotten before the collector counts them as old.
_CHUNK: Final = 1 << 12
_DECLARED: Final = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
# A default namespace, within the first tags.
_NAMESPACE: Final = re.compile(rb"(?<=[\s\"'])xmlns\s*=\s*(?:\"[^\"<]{0,200}\"|'[^'<]{0,200}')")
_READ_BY_EXPAT: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]{0,200}\?>")


def elements(data: bytes, tags: frozenset[str], limits: Limits) -> Iterator[tuple[str, Element]]:
    """("start" or "end", element) of the elements called `tags` and of the first, in the order of the text.

    RefusedError for what is no XML or too much of it. Whoever is done with an element clears it, so that the whole is
    never held at once.
    """
    data = _NAMESPACE.sub(b"", _utf8(data), count=1)
    _check_size(data, limits)
    try:
        _refuse_declarations(data)
        yield from _bounded(data, tags, limits)
    except (ParseError, expat.ExpatError) as error:
        raise RefusedError(f"is not well-formed XML ({error})") from error


def _bounded(data: bytes, tags: frozenset[str], limits: Limits) -> Iterator[tuple[str, Element]]:
    parser: Any = XMLPullParser(("start", "end"))  # its types allow for events that are not asked for
    depth = number = 0
    for begin in range(0, len(data), _CHUNK):
        parser.feed(data[begin : begin + _CHUNK])
        for event, element in parser.read_events():
            if event == "start":
                depth += 1
                number += 1
                if depth > limits.depth or number > limits.elements:
                    raise RefusedError(
                        f"has more than {limits.elements:,} XML elements, or more than {limits.depth} within another"
                    )
            else:
                depth -= 1
            if element.tag in tags or number == 1:
                yield event, element
    parser.close()
    yield from (each for each in parser.read_events() if each[1].tag in tags)


def _check_size(data: bytes, limits: Limits) -> None:
    """What can be counted before anything is read: an attribute has a sign of equality, a tag no other tag in it."""
    if data.count(b"=") > limits.attributes:
        raise RefusedError(f"has more than {limits.attributes:,} XML attributes")
    if re.search(rb"<[^<]{%d}" % limits.tag_bytes, data):
        raise RefusedError(f"has an XML element of more than {limits.tag_bytes >> 10} KiB")


class _BodyReachedError(Exception):
    """The first element begins: there are no more declarations."""


def _refuse_declarations(data: bytes) -> None:
    """A DOCTYPE may name its type; entities and attributes that it declares could unfold to anything."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise RefusedError("declares XML entities or attributes of its own, which could unfold to anything")

    def stop(*_: object) -> None:
        raise _BodyReachedError

    parser.EntityDeclHandler = refuse
    parser.AttlistDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        parser.Parse(data, True)
    except _BodyReachedError:
        return


def _utf8(data: bytes) -> bytes:
    """XML in UTF-8, without what stands before and after it."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return _recoded(data[len(mark) :], name)
    data = data.strip(b"\x00\r\n\t ")
    if data[1:2] == b"\x00":
        return _recoded(data + b"\x00", "utf-16-le")
    declared = _DECLARED.match(data)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    return data if name in _READ_BY_EXPAT else _recoded(data, name)


def _recoded(data: bytes, name: str) -> bytes:
    """Text in UTF-8 without the declaration of its encoding, which would no longer be true."""
    try:
        text = data.decode(name, "replace")
    except LookupError as error:
        raise RefusedError(f"is written in an unknown encoding ({plain(name)})") from error
    return _DECLARATION.sub("", text.strip("\x00\r\n\t "), count=1).encode()
