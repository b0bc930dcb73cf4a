"""Who imports what, read from source without running it."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
FOLDERS: Final = ("daemon", "models", "exporters", "training")

Imports = Mapping[str, frozenset[str]]
"""For each module of the project the modules and names it imports, wherever the statement stands."""


def is_in(name: str, module: str) -> bool:
    """Return whether `name` is `module` or something inside it."""
    return name == module or name.startswith(f"{module}.")


def read_imports(root: Path = ROOT) -> Imports:
    """Read every file of the four folders below `root`."""
    files = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    return {_module(path.relative_to(root)): frozenset(_imported(path)) for path in files}


def reached(imports: Imports, start: str) -> dict[str, str]:
    """Everything that importing `start` brings in, each with who brought it; imports inside functions count."""
    brought = {start: ""}
    waiting = [start]
    while waiting:
        module = waiting.pop()
        for name in sorted(imports.get(module, ())):
            if name not in brought:
                brought[name] = module
                waiting.append(name)
    return brought


def calls(path: Path, name: str) -> bool:
    """Return whether a file speaks of `name`, such as `time.sleep`."""
    spoken = (ast.unparse(node) for node in ast.walk(_parsed(path)) if isinstance(node, ast.Attribute))
    return name in spoken


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_parsed(path)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                # `from daemon import protocol` names a module, `from daemon.player.link import Link` does not.
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                raise AssertionError(f"{path} imports relatively; write the module's whole name")
            case _:
                pass


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
