"""The words that start one of our own modules in a process of its own."""

import sys


def module_words(module: str) -> list[str]:
    """Return the words that run `module`; a file of that name in the current folder is not taken for it."""
    return [sys.executable, "-P", "-m", module]
