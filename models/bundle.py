"""Load bundles: folders with model.toml and ONNX files. Every byte is verified before anything plays."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import platformdirs

from models import arrangement, groove
from models.arrangement import Arrangement
from models.codecs import vocabulary
from models.codecs.vocabulary import TABLE, Vocabulary
from models.groove import EVEN, Groove
from models.manifest import (
    ARRANGEMENT,
    GROOVE,
    MANIFEST,
    MODEL,
    PARTS,
    Kind,
    check_head,
    check_model,
    check_table,
    kind_of,
    networks_of,
    tables_of,
)
from models.network import Network, UnfitError
from models.reading.files import read_plain
from models.reading.limits import RefusedError
from models.reading.sealed import unseal

SHIPPED: Final = Path(__file__).parent
_NONCOMMERCIAL: Final = "edmd_noncommercial"
_LARGEST_BYTES: Final = 256 * 2**20
_LARGEST_MANIFEST_BYTES: Final = 2**20


class BundleError(Exception):
    """A bundle cannot be played; the text names the bundle, the fault and the remedy."""


@dataclass(frozen=True)
class Bundle:
    """A verified folder: its manifest, its networks and the content of its files.

    `loaded_as` is the name or path that `load` accepts for this bundle.
    """

    folder: Path
    manifest: dict[str, Any]
    networks: tuple[Network, ...]
    files: dict[str, bytes]
    loaded_as: str = ""

    @property
    def name(self) -> str:
        """The name in the manifest; a copy in another folder has the same name."""
        return str(self.manifest["name"])

    @property
    def kind(self) -> Kind:
        """The kind of bundle: a model or a gauge."""
        return kind_of(self.manifest)

    @cached_property
    def digest(self) -> str:
        """What tells this bundle's content from any other's: a SHA-256 of its manifest and files, in hexadecimal."""
        content = hashlib.sha256(repr(self.manifest).encode())
        for name in sorted(self.files):
            content.update(hashlib.sha256(self.files[name]).digest())
        return content.hexdigest()

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of all its files but the manifest, by name."""
        return {network.file: network.sha256 for network in self.networks} | {
            self.manifest[key]["file"]: self.manifest[key]["sha256"]
            for key in tables_of(self.manifest, self.networks)
        }

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it has networks for."""
        return tuple(network.part for network in self.networks)

    @property
    def is_whole(self) -> bool:
        """Whether it plays alone: it has networks for melody and percussion, and the director's tables."""
        return set(PARTS) <= set(self.parts)

    @property
    def size_bytes(self) -> int:
        """The size of all files except the manifest."""
        return sum(len(content) for content in self.files.values())

    def network(self, part: str) -> Network:
        """Return the network of `melody`, `percussion`, `gauge` or another part. Raises BundleError if there is none."""
        for network in self.networks:
            if network.part == part:
                return network
        raise BundleError(
            f"the bundle {self.folder} has no network for {part}; name another one for this part"
        )

    def model(self, part: str) -> bytes:
        """Return the ONNX file of a part."""
        return self.files[self.network(part).file]

    def table(self, key: str) -> bytes:
        """Return one of the bundle's tables, as JSON."""
        return self.files[str(self.manifest[key]["file"])]

    @cached_property
    def arrangement(self) -> Arrangement:
        """The statistics of how the training songs are arranged."""
        return arrangement.loads(self.table(ARRANGEMENT))

    @cached_property
    def groove(self) -> Groove:
        """The timing and accents of the drummers in the training data, or an even spread if there were none."""
        return groove.loads(self.table(GROOVE)) if GROOVE in self.manifest else EVEN

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The symbols of a system that plays a sequence of symbols; without a codec if the bundle has none."""
        return vocabulary.loads(self.table(TABLE)) if TABLE in self.manifest else Vocabulary("")


def folders() -> list[Path]:
    """Return the folders in which bundles are looked up by name: the shipped ones, then the user's.

    The package for non-commercial use is one of the shipped ones, if it is there.
    """
    return [SHIPPED, *_noncommercial(), platformdirs.user_data_path("edmd") / "models"]


@cache
def _noncommercial() -> tuple[Path, ...]:
    """Return the folder of the package in a checkout, or where it is installed. Nothing is imported from it."""
    spec = find_spec(_NONCOMMERCIAL)
    installed = list(spec.submodule_search_locations or ()) if spec else []
    places = [SHIPPED / "noncommercial" / _NONCOMMERCIAL, *map(Path, installed)]
    return tuple(place for place in places[:1] if place.is_dir()) or tuple(places[1:])


def find(name: str, kind: Kind = MODEL) -> Path:
    """Return the folder of a bundle by name or path.

    Raises BundleError, which lists the known names of that kind, for an unknown name.
    """
    # A name without a slash never means a folder in the current directory, so it works the same from everywhere.
    if "/" in name or "\\" in name:
        return Path(name).expanduser()
    for folder in folders():
        if (folder / name / MANIFEST).is_file():
            return folder / name
    known = ", ".join(names(kind)) or "none"
    raise BundleError(
        f"no {kind} is named {name}; there is: {known}; give one of these names or the path of a folder (./{name}), "
        f"or put the bundle into {folders()[-1]}"
    )


def names(kind: Kind = MODEL) -> list[str]:
    """Return the names of one kind that `load` knows, in alphabetical order."""
    found = {
        path.parent.name: path for folder in reversed(folders()) for path in folder.glob(f"*/{MANIFEST}")
    }
    return sorted(name for name, path in found.items() if _kind_in(path, path.stat().st_mtime_ns) == kind)


def kind_named(name: str) -> Kind:
    """Return the kind that a bundle's manifest states; `model` if it cannot be read. `name` may be a path."""
    path = find(name) / MANIFEST
    return _kind_in(path, path.stat().st_mtime_ns) if path.is_file() else MODEL


# Cached, because every request for the state of a performance lists the names of all models.
@lru_cache(maxsize=256)
def _kind_in(path: Path, _mtime_ns: int) -> Kind:
    try:
        return kind_of(_read_manifest(path.parent))
    except UnfitError:
        return MODEL


def load(name: str, kind: Kind = MODEL) -> Bundle:
    """Read and verify a bundle of a kind by name or path. Raises BundleError with the cause if it is not valid."""
    folder = find(name, kind)
    if not (folder / MANIFEST).exists():
        raise BundleError(
            f"{folder} is not a bundle: it holds no {MANIFEST}; give the folder or the name of a bundle"
        )
    try:
        manifest = _read_manifest(folder)
        check_head(manifest, kind)
        networks = networks_of(manifest)
        tables = {key: manifest[key] for key in tables_of(manifest, networks)}
        files = _read_files(folder, networks, tables)
    except UnfitError as misfit:
        use = "played" if kind == MODEL else "used"
        raise BundleError(f"the bundle {folder} cannot be {use}: {misfit}") from None
    return Bundle(folder, manifest, networks, files, _known_as(folder, name))


def _read_files(folder: Path, networks: tuple[Network, ...], tables: Mapping[str, Any]) -> dict[str, bytes]:
    """Read and verify all files; the hashes are checked before any content is looked at."""
    files = {network.file: _read_file(folder, network.file, network.sha256) for network in networks}
    files |= {row["file"]: _read_file(folder, row["file"], row["sha256"]) for row in tables.values()}
    for key, row in tables.items():
        check_table(key, files[row["file"]], networks)
    for network in networks:
        check_model(network, files[network.file])
    return files


def _known_as(folder: Path, name: str) -> str:
    """Return the name that finds this folder, else the path `name`."""
    named = [each / folder.name for each in folders() if (each / folder.name / MANIFEST).is_file()]
    return folder.name if named and named[0].resolve() == folder.resolve() else name


def _read_manifest(folder: Path) -> dict[str, Any]:
    content = _read_bytes(folder, MANIFEST, _LARGEST_MANIFEST_BYTES)
    try:
        return tomllib.loads(unseal(content).decode())
    except RefusedError as refusal:
        raise UnfitError(f"{MANIFEST} {refusal}; copy the bundle again") from None
    except (ValueError, RecursionError) as error:
        raise UnfitError(f"{MANIFEST} cannot be read ({error}); copy the bundle again") from None


def _read_file(folder: Path, name: str, sha256: str) -> bytes:
    content = _read_bytes(folder, name)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnfitError(f"{name} is damaged: its SHA-256 is not the one in {MANIFEST}; copy it again")
    return content


def _read_bytes(folder: Path, name: str, most_bytes: int = _LARGEST_BYTES) -> bytes:
    """Return the content of a regular file in the folder. Raises UnfitError if a name or a link leads out of it."""
    path = folder / name
    try:
        if Path(name).name != name or "\\" in name or path.resolve().parent != folder.resolve():
            raise UnfitError(f"it names a file outside itself, {name}; use another copy")
        if not path.exists():
            raise UnfitError(f"it has no {name}; copy the bundle again")
        if not path.is_file() or path.stat().st_size > most_bytes:
            raise UnfitError(f"{name} is not a file of at most {most_bytes >> 20} MiB; copy it again")
        return read_plain(path, most_bytes)  # it may have become a pipe since the check
    except RefusedError as refusal:
        raise UnfitError(f"{name} {refusal}; copy it again") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise UnfitError(f"{name} cannot be read ({error}); copy the bundle again") from None
