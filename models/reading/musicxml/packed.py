"""Unpack the score in a .mxl file. Its size is checked before and during unpacking."""

import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Final

from models.reading.limits import Limits, RefusedError
from models.reading.musicxml.xmltext import elements

SIGNATURE: Final = b"PK\x03\x04"
_CONTAINER: Final = "META-INF/container.xml"
_ROOT_FILES: Final = frozenset({"rootfile", "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"})
_MOST_MEMBERS: Final = 1000
_CONTAINER_BYTES: Final = 1 << 16
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_SUFFIXES: Final = (".musicxml", ".xml")
# With other methods zipfile unpacks whole blocks without a limit.
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpack(data: bytes, limits: Limits) -> bytes:
    """Return the content of the score. Raises RefusedError if there is none or it exceeds the limits."""
    if data.count(_DIRECTORY_ENTRY) > _MOST_MEMBERS:
        raise RefusedError(f"contains more than {_MOST_MEMBERS} files")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive, _score_name(archive, limits), limits.unpacked_bytes)
    except (zlib.error, EOFError) as error:
        raise RefusedError("cannot be unpacked (its content is damaged)") from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise RefusedError(f"cannot be unpacked ({error})") from error


def _score_name(archive: zipfile.ZipFile, limits: Limits) -> str:
    names = dict.fromkeys(archive.namelist())
    if _CONTAINER in names:
        container = _member(archive, _CONTAINER, _CONTAINER_BYTES)
        for _, element in elements(container, _ROOT_FILES, limits):
            name = element.get("full-path", "")
            if name in names and (name.lower().endswith(_SUFFIXES) or not PurePosixPath(name).suffix):
                return name
    # Not every program writes the container.
    for name in names:
        if name.lower().endswith(_SUFFIXES) and PurePosixPath(name).parts[0] != "META-INF":
            return name
    raise RefusedError("contains no MusicXML score")


def _member(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    info = archive.getinfo(name)
    if info.flag_bits & 1:
        raise RefusedError("is encrypted with a password; save it without one")
    if info.compress_type not in _METHODS:
        raise RefusedError("is compressed with a method that .mxl files do not use; save it again")
    if info.file_size > most_bytes:
        raise RefusedError(_too_large(info.file_size, name, most_bytes))
    with archive.open(info) as member:
        content = member.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise RefusedError(_too_large(len(content), name, most_bytes))
    return content


def _too_large(size: int, name: str, most_bytes: int) -> str:
    of = f" of {name}" if name == _CONTAINER else ""
    return f"unpacks to {_measured(size)}{of}; at most {_measured(most_bytes)} are allowed"


def _measured(size: int) -> str:
    return f"{size / 2**20:.0f} MiB" if size >= 2**20 else f"{size / 2**10:.0f} KiB"
