"""A plugin that shows the suite a bare machine: `python -m pytest -p tests.bare`.

The system's libraries and the programs that tests need are not found, so bindings fail as they do where nothing
is installed.
"""

import ctypes.util
import shutil
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

from tests.needs import PROGRAMS

_LIBRARIES: Final = ("jack", "fluidsynth", "asound")
_ALSO: Final = ("chromium-browser", "google-chrome")


def _hiding(find: Callable[..., Any], hidden: tuple[str, ...]) -> Callable[..., Any]:
    def found(name: str, *rest: Any, **options: Any) -> Any:
        return None if any(str(name).endswith(each) for each in hidden) else find(name, *rest, **options)

    return found


class _NoRtMidi:
    """Refuses to import python-rtmidi as the system's loader does without ALSA's library."""

    @staticmethod
    def find_spec(
        name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "rtmidi":
            raise ImportError("libasound.so.2: cannot open shared object file: No such file or directory")
        return None


sys.meta_path.insert(0, _NoRtMidi)
ctypes.util.find_library = _hiding(
    ctypes.util.find_library, (*_LIBRARIES, "libfluidsynth-3", "libfluidsynth-2")
)
shutil.which = _hiding(shutil.which, (*PROGRAMS, *_ALSO))
