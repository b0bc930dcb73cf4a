"""The version of edmd and of other packages."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

NOT_INSTALLED: Final = "0+unknown"


def package_version(name: str = "edmd") -> str:
    """Return the version of an installed package, or `0+unknown` if it is not installed (as in a bare checkout)."""
    try:
        return version(name)
    except PackageNotFoundError:
        return NOT_INSTALLED
