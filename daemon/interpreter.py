"""The interpreter: the command line that starts one of our modules with it, and a package that it may lack."""

import importlib.util
import sys


def module_words(module: str) -> list[str]:
    """Return the command line that runs `module`. A file of the same name in the current folder is ignored (`-P`)."""
    return [sys.executable, "-P", "-m", module]


def what_link_needs() -> str | None:
    """Return a sentence that says how to install Ableton Link; None if it is installed."""
    if importlib.util.find_spec("link") is not None:
        return None
    return "Ableton Link needs the package LinkPython-extern; install it with: pip install 'edmd[link]'"
