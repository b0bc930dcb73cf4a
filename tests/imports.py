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


def read_imports(root: Path = ROOT, *, with_types: bool = True) -> Imports:
    """Read every file of the four folders below `root`; without types, omit imports that only a type checker follows."""
    files = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    return {
        _module(path.relative_to(root)): frozenset(_imported(path, with_types=with_types)) for path in files
    }


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


def circles(imports: Imports) -> list[list[str]]:
    """Return the groups of modules of which each imports each other, directly or through others, in alphabetical order."""
    ways = {module: reached(imports, module).keys() & imports.keys() - {module} for module in imports}
    groups = {
        tuple(sorted({module, *(other for other in others if module in ways[other])}))
        for module, others in ways.items()
    }
    return sorted(list(group) for group in groups if len(group) > 1)


def calls(path: Path, name: str) -> bool:
    """Return whether a file speaks of `name`, such as `time.sleep`."""
    spoken = (ast.unparse(node) for node in ast.walk(_parsed(path)) if isinstance(node, ast.Attribute))
    return name in spoken


def composed_names(path: Path) -> list[str]:
    """Return `file:line` of each getattr or setattr whose name is put together from parts; typed values need none."""
    return [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "setattr", "hasattr")
        if isinstance(node.args[1], ast.JoinedStr | ast.BinOp)
    ]


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, *, with_types: bool) -> Iterator[str]:
    tree = _parsed(path)
    for node in ast.walk(tree if with_types else _WithoutTypes().visit(tree)):
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


class _WithoutTypes(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return node.orelse if ast.unparse(node.test).endswith("TYPE_CHECKING") else node


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
