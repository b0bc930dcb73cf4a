"""Which edmd this is."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

NOT_INSTALLED: Final = "0+unknown"


def package_version(name: str = "edmd") -> str:
    """Version of an installed package; `0+unknown` when it is not installed, as in a bare checkout."""
    try:
        return version(name)
    except PackageNotFoundError:
        return NOT_INSTALLED
