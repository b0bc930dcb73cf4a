"""The file of a savepoint's journal: records with checksums, of which only the last may be incomplete.

A record is its length, the checksum of the length, and the checksum of the content, each of four bytes, then the content.
The first one names the format. So a damage is told from the end that a dying process left unwritten.
"""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from daemon.music.deck.operations import Entry
from daemon.music.deck.savedstate import decoder, encoder
from models.reading.files import read_bytes
from models.reading.limits import RefusedError

MARK: Final = b"edmd journal 4"
_NUMBER: Final = 4
_HEAD: Final = 3 * _NUMBER
_MOST_BYTES: Final = 256 * 2**20
_ENTRY: Final = decoder(Entry)


class DamagedError(ValueError):
    """A file holds something else than what was written; the text says what."""


def begin(entries: Iterable[Entry]) -> bytes:
    """Return the content of a journal that begins with `entries`."""
    return record(MARK) + b"".join(record_of(entry) for entry in entries)


def record_of(entry: Entry) -> bytes:
    """Return the record of an entry."""
    return record(encoder.encode(entry))


def record(content: bytes) -> bytes:
    """Return a record."""
    length = len(content).to_bytes(_NUMBER, "big")
    return length + _checksum(length) + _checksum(content) + content


def whole(content: bytes) -> int:
    """Return how many bytes of a journal are whole records. Raises DamagedError."""
    end = 0
    for end, _ in _records(content):  # noqa: B007 - the last one counts
        pass
    return end


def read_journal(path: Path) -> Iterator[Entry]:
    """Yield the entries, each in its last version; a last record that is incomplete is left out. Raises DamagedError."""
    try:
        content = read_bytes(path, _MOST_BYTES)
    except RefusedError as error:
        raise DamagedError(f"its journal {error}") from None
    records = (each for _, each in _records(content))
    if next(records, None) != MARK:
        raise DamagedError("its journal does not begin as one of this version")
    entries: dict[int, Entry] = {}
    for each in records:
        entry: Entry = _ENTRY.decode(each)
        entries[entry.number] = entry
    yield from entries.values()


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the end and the content of each whole record."""
    start = 0
    while start + _HEAD <= len(content):
        length, of_length, of_content = (
            content[at : at + _NUMBER] for at in range(start, start + _HEAD, _NUMBER)
        )
        if not any(content[start:]):  # a failure of power can leave an end of zeros
            return
        if _checksum(length) != of_length:
            raise DamagedError("its journal is not what was written")
        end = start + _HEAD + int.from_bytes(length, "big")
        if end > len(content):
            return
        if _checksum(content[start + _HEAD : end]) != of_content:
            raise DamagedError("its journal is not what was written")
        yield end, content[start + _HEAD : end]
        start = end


def _checksum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_NUMBER, "big")
