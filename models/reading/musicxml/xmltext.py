"""Read untrusted XML, element by element: no declarations, no expansion, no network, limited depth and number."""

import codecs
import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat

from models.reading.limits import Limits, RefusedError
from models.reading.notation.texts import plain

# Small, so that elements are cleared before the garbage collector moves them to an older generation.
_CHUNK: Final = 1 << 12
# The beginnings and ends of tokens that are not elements. They may hold any number of `<`.
_TOKENS: Final = ((b"<!--", b"-->"), (b"<?", b"?>"), (b"<![CDATA[", b"]]>"))
_DECLARATION_BYTES: Final = 1024
_DECLARED: Final = re.compile(rb"<\?xml\s[^>]*\?>")
_ENCODING: Final = re.compile(rb"\sencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
# A default namespace in one of the first tags.
_NAMESPACE: Final = re.compile(rb"(?<=[\s\"'])xmlns\s*=\s*(?:\"[^\"<]{0,200}\"|'[^'<]{0,200}')")
_READ_BY_EXPAT: Final = frozenset({"utf-8", "us-ascii"})
# Python knows more encodings, but for some the time grows with the square of the text's length.
_ENCODINGS: Final = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "ascii", "utf-16", "utf-16-le", "utf-16-be", "macroman", "koi8-r"),
        *("shift_jis", "cp932", "euc-jp", "gb2312", "gbk", "gb18030", "big5", "euc-kr"),
        *(f"iso-8859-{number}" for number in range(1, 17) if number != 12),
        *(f"windows-{number}" for number in range(1250, 1259)),
    )
)
_DECLARATION: Final = re.compile(r"<\?xml\s[^>]{0,1000}\?>")


def elements(data: bytes, tags: frozenset[str], limits: Limits) -> Iterator[tuple[str, Element]]:
    """Yield ("start" or "end", element) for elements with one of these tags and for the root, in the order of the text.

    Raises RefusedError if the data is not XML or exceeds the limits. The caller clears elements that it has read, so
    that the whole text is never in memory as elements.
    """
    data = _NAMESPACE.sub(b"", _utf8(data), count=1)
    _check_size(data, limits)
    try:
        _refuse_declarations(data, limits)
        yield from _bounded(data, tags, limits)
    except (ParseError, expat.ExpatError) as error:
        raise RefusedError(f"is not well-formed XML ({error})") from error


def _bounded(data: bytes, tags: frozenset[str], limits: Limits) -> Iterator[tuple[str, Element]]:
    parser: Any = XMLPullParser(
        ("start", "end")
    )  # its declared types include events that it does not yield here
    depth = number = begin = 0
    size = _CHUNK
    while begin < len(data):
        parser.feed(data[begin : begin + size])
        begin += size
        # Expat parses an unfinished token again with every piece, so the pieces grow until a token ends.
        size = min(2 * size, limits.tag_bytes)
        for event, element in parser.read_events():
            size = _CHUNK
            if event == "start":
                depth += 1
                number += 1
                if depth > limits.depth or number > limits.elements:
                    raise RefusedError(
                        f"has more than {limits.elements:,} XML elements, or more than {limits.depth} levels of nesting"
                    )
            else:
                depth -= 1
            if element.tag in tags or number == 1:
                yield event, element
    parser.close()
    yield from (each for each in parser.read_events() if each[1].tag in tags)


def _check_size(data: bytes, limits: Limits) -> None:
    """Check the limits that need no parser: each attribute has an equals sign, and no tag holds another `<`."""
    if data.count(b"=") > limits.attributes:
        raise RefusedError(f"has more than {limits.attributes:,} XML attributes")
    if re.search(rb"<[^<]{%d}" % limits.tag_bytes, data):
        raise RefusedError(f"has an XML element of more than {limits.tag_bytes >> 10} KiB")
    for opening, closing in _TOKENS:
        if _longest(data, opening, closing) > limits.tag_bytes:
            raise RefusedError(
                f"has an XML comment, instruction or CDATA section of more than {limits.tag_bytes >> 10} KiB"
            )


def _longest(data: bytes, opening: bytes, closing: bytes) -> int:
    """Return the length in bytes of the longest token of a kind."""
    longest, start = 0, data.find(opening)
    while start >= 0:
        end = data.find(closing, start + len(opening))
        if end < 0:
            return max(longest, len(data) - start)
        longest = max(longest, end - start)
        # The closing may have been a part of the next token's opening, as in <!-->, so the search begins before its end.
        start = data.find(opening, max(start + 1, end - len(opening)))
    return longest


class _BodyReachedError(Exception):
    """The first element begins, so no more declarations can follow."""


def _refuse_declarations(data: bytes, limits: Limits) -> None:
    """Raise RefusedError if a DOCTYPE declares entities or attributes, because they can expand without limit."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise RefusedError("declares XML entities or attributes, which is not allowed; save it without them")

    def stop(*_: object) -> None:
        raise _BodyReachedError

    parser.EntityDeclHandler = refuse
    parser.AttlistDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        parser.Parse(data, True)
    except _BodyReachedError:
        if parser.CurrentByteIndex > limits.tag_bytes:
            raise RefusedError(
                f"has more than {limits.tag_bytes >> 10} KiB before its first XML element"
            ) from None


def _utf8(data: bytes) -> bytes:
    """Return the XML in UTF-8, without byte order mark and without padding around it."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return _recoded(data[len(mark) :], name)
    data = data.strip(b"\x00\r\n\t ")
    if data[1:2] == b"\x00":
        return _recoded(data + b"\x00", "utf-16-le")
    declared = _DECLARED.match(data[:_DECLARATION_BYTES])
    encoding = _ENCODING.search(declared[0]) if declared else None
    return _recoded(data, encoding[1].decode("ascii")) if encoding else data


def _recoded(data: bytes, name: str) -> bytes:
    """Return the text in UTF-8, without the declaration of its old encoding."""
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        encoding = ""
    if encoding not in _ENCODINGS:
        raise RefusedError(f"is written in an unknown encoding ({plain(name)}); save it as UTF-8")
    if name.lower() in _READ_BY_EXPAT:  # expat accepts only these names, no aliases
        return data
    text = data.decode(encoding, "replace").strip("\x00\r\n\t ")
    declared = _DECLARATION.match(text)
    return text[declared.end() if declared else 0 :].encode()
