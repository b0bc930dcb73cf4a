"""What `make docs` adds to the pages in docs/: the README as first page, and the files outside docs/ that pages link to."""

import posixpath
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_ROOT: Final = Path(__file__).resolve().parent.parent
# Files of the repository by their places on the site.
_OUTSIDE: Final = {
    "index.md": "README.md",
    **{
        f"files/{name}": name
        for name in (
            "CHANGELOG.md",
            "LICENSE",
            "config.toml",
            "models/noncommercial/README.md",
            "training/systems/edm/recipe.toml",
        )
    },
}
_PLACES: Final = {name: place for place, name in _OUTSIDE.items()}
# The targets of links in Markdown, and of pictures in HTML.
_TARGET: Final = re.compile(r'(?<=\]\()[^)#\s:]+(?=[)#])|(?<=src=")[^":]+|(?<=srcset=")[^":]+')


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the README and the files outside docs/."""
    for place, name in _OUTSIDE.items():
        files.append(File.generated(config, place, abs_src_path=str(_ROOT / name)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Point each link to where its target is on the site."""
    place: str = page.file.src_uri
    folder = posixpath.dirname(_OUTSIDE.get(place, f"docs/{place}"))
    return _TARGET.sub(lambda found: _on_site(found[0], folder, posixpath.dirname(place)), markdown)


def _on_site(target: str, folder: str, site_folder: str) -> str:
    """Return the target of a link on a page, whose folder in the repository and on the site are given."""
    name = posixpath.normpath(posixpath.join(folder, target))
    place = _PLACES.get(name, name.removeprefix("docs/"))
    return posixpath.relpath(place, site_folder or ".")
