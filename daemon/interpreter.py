"""The command line that starts one of our modules in a new process."""

import sys


def module_words(module: str) -> list[str]:
    """Return the command line that runs `module`. A file of the same name in the current folder is ignored (`-P`)."""
    return [sys.executable, "-P", "-m", module]
