"""A plugin that shows the suite a bare machine: `python -m pytest -p tests.bare`.

The system's libraries and the programs that tests need are not found, so bindings fail as they do where nothing
is installed.
"""

import ctypes.util
import shutil
from collections.abc import Callable
from typing import Any, Final

from tests.needs import PROGRAMS

_LIBRARIES: Final = ("jack", "fluidsynth", "asound")
_ALSO: Final = ("chromium-browser", "google-chrome")


def _hiding(find: Callable[..., Any], hidden: tuple[str, ...]) -> Callable[..., Any]:
    def found(name: str, *rest: Any, **options: Any) -> Any:
        return None if any(str(name).endswith(each) for each in hidden) else find(name, *rest, **options)

    return found


ctypes.util.find_library = _hiding(
    ctypes.util.find_library, (*_LIBRARIES, "libfluidsynth-3", "libfluidsynth-2")
)
shutil.which = _hiding(shutil.which, (*PROGRAMS, *_ALSO))
