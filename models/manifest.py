"""Check that a bundle's manifest and the content of its files are valid. Nothing here reads files."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from models import arrangement, format1, groove, onnxfile, songindex
from models.codecs import vocabulary
from models.codecs.demands import GAUGE, MODEL, Kind
from models.codecs.gauge import HEARD_TICKS, SONGS
from models.codecs.roles import PARTS
from models.codecs.sequences import PART, check_vocabulary
from models.codecs.systems import SYSTEMS
from models.network import Network, UnfitError, declared, plain, texts

__all__ = ["GAUGE", "HEARD_TICKS", "MODEL", "PARTS", "SONGS", "Kind"]
FORMAT: Final = 2
MANIFEST: Final = "model.toml"
NETWORK: Final = "network"
ARRANGEMENT: Final = "arrangement"
GROOVE: Final = "groove"
_MOST_NETWORKS: Final = 16


class _Table(NamedTuple):
    """A function that reads the content of a table and raises ValueError, and the message for that error."""

    read: Callable[[bytes, Sequence[Network]], object]
    message: str


def _read_songs(content: bytes, networks: Sequence[Network]) -> object:
    (gauge,) = (network for network in networks if network.part == GAUGE)
    return songindex.unpack(content, gauge.settings["embedding"])


def _read_vocabulary(content: bytes, networks: Sequence[Network]) -> object:
    (network,) = (network for network in networks if network.part == PART)
    found = vocabulary.loads(content)
    check_vocabulary(found, network.settings)
    return found


_TABLES: Final[Mapping[str, _Table]] = {
    ARRANGEMENT: _Table(lambda content, _: arrangement.loads(content), "its arrangement is not valid ({})"),
    GROOVE: _Table(lambda content, _: groove.loads(content), "its groove is not valid ({})"),
    vocabulary.TABLE: _Table(_read_vocabulary, "its vocabulary is not valid ({})"),
    SONGS: _Table(_read_songs, "its songs {}"),
}


def kind_of(manifest: Mapping[str, Any]) -> Kind:
    """Return the kind that a manifest states; `model` if it states none."""
    return GAUGE if manifest.get("kind") == GAUGE else MODEL


def check_head(manifest: Mapping[str, Any], kind: Kind = MODEL) -> None:
    """Raise UnfitError for a manifest of another kind or format, or without name, version or licence."""
    if kind_of(manifest) != kind:
        does = {MODEL: "plays music and cannot measure it", GAUGE: "measures music and cannot play it"}
        found = kind_of(manifest)
        raise UnfitError(f"it is a {found}, which {does[found]}; name a {kind}")
    version = manifest.get("format")
    if type(version) is not int or version not in (format1.FORMAT, FORMAT):
        raise UnfitError(
            f"format is {plain(version)}, but this edmd reads {format1.FORMAT} and {FORMAT}; "
            "train or export it again"
        )
    for key in ("name", "version", "licence"):
        if not texts(manifest, key):
            raise UnfitError(f"{MANIFEST} gives no {key}; copy the bundle again")


def networks_of(manifest: Mapping[str, Any]) -> tuple[Network, ...]:
    """Return the networks that a manifest declares.

    Raises UnfitError if one does not have what its codec demands, or if a system lacks one of its networks.
    """
    if manifest["format"] == format1.FORMAT:
        return format1.networks_of(manifest, SYSTEMS)
    rows = manifest.get(NETWORK)
    if not isinstance(rows, list) or not 1 <= len(rows) <= _MOST_NETWORKS:
        raise UnfitError(f"{MANIFEST} has no list of 1 to {_MOST_NETWORKS} networks; copy the bundle again")
    networks = tuple(declared(row, SYSTEMS) for row in rows)
    _check_parts(networks, kind_of(manifest))
    return networks


def _check_parts(networks: Sequence[Network], kind: Kind) -> None:
    parts = [network.part for network in networks]
    for part in parts:
        if parts.count(part) > 1:
            raise UnfitError(f"it has several networks for {part}; copy the bundle again")
    for system in {network.system: SYSTEMS[network.system] for network in networks}.values():
        if system.kind != kind:
            raise UnfitError(
                f"it is a {kind}, but its system {system.name} makes a {system.kind}; copy the bundle again"
            )
        for codec in system.codecs:
            if codec.part not in parts:
                raise UnfitError(f"it has no network for {codec.part}; copy the bundle again")


def tables_of(manifest: Mapping[str, Any], networks: Sequence[Network]) -> tuple[str, ...]:
    """Return the tables of a manifest that name a file: those that its systems need, and optional ones that it has.

    Raises UnfitError if a table has no file and hash.
    """
    systems = [SYSTEMS[name] for name in dict.fromkeys(network.system for network in networks)]
    needed = [key for system in systems for key in system.tables]
    optional = [key for system in systems for key in system.optional_tables if key in manifest]
    for key in (keys := tuple(dict.fromkeys([*needed, *optional]))):
        row = manifest.get(key)
        if not isinstance(row, dict) or not texts(row, "file", "sha256"):
            raise UnfitError(f"{MANIFEST} has no file and sha256 for {key}; copy the bundle again")
    return keys


def check_table(key: str, content: bytes, networks: Sequence[Network]) -> None:
    """Raise UnfitError if the content of a table is not valid."""
    try:
        _TABLES[key].read(content, networks)
    except (ValueError, RecursionError) as error:
        raise UnfitError(f"{_TABLES[key].message.format(error)}; copy the bundle again") from None


def check_model(network: Network, content: bytes) -> None:
    """Raise UnfitError if an ONNX file refers to other files, or if its tensors are not the declared ones."""
    part = network.part
    try:
        read = onnxfile.signature(content)
    except ValueError as error:
        raise UnfitError(f"the ONNX file of {part} {error}; copy the bundle again") from None
    if read.points_outside:
        raise UnfitError(
            f"the ONNX file of {part} keeps weights in another file; export it again in one file"
        )
    if read.has_nan:
        raise UnfitError(
            f"the ONNX file of {part} has weights that are not numbers; train or export it again"
        )
    for wanted, found in ((network.graph_inputs, read.inputs), (network.graph_outputs, read.outputs)):
        for name in sorted(wanted.keys() | found.keys()):
            if found.get(name) != wanted.get(name):
                got, expected = (_words(each.get(name)) for each in (found, wanted))
                raise UnfitError(
                    f"the ONNX file of {part} has {got} for {plain(name)}, not {expected}; export it again"
                )


def _words(tensor: onnxfile.Tensor | None) -> str:
    return "nothing" if tensor is None else f"{tensor.kind}{tensor.shape}"
