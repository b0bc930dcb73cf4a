"""Engrave MusicXML as SVG, PDF and PNG. No fonts of the machine are used, so the result is the same everywhere."""

import re
from typing import Any, Final

import typst
import verovio

from exporters.writing import ExportError

_DOTS_PER_INCH: Final = 110.0
# Verovio's text uses its own music font, which typst does not have. The serif font of typst has a quarter note.
_MUSIC_FONT: Final = re.compile(r'font-family="Leipzig"')
_METRONOME: Final = str.maketrans({chr(0xECA5): "♩", chr(0xE1D5): "♩"})
# Verovio centres the title with nested spans, which typst does not support.
_TITLE: Final = re.compile(
    r'<text font-size="0px">\s*<tspan [^>]*?( x="\d+" y="\d+" text-anchor="middle")>'
    r'.*?<tspan (font-size="\d+px")>(.*?)</tspan>.*?</text>',
    re.DOTALL,
)
_A4: Final = {"pageWidth": 2100, "pageHeight": 2970}
_OPTIONS: Final[dict[str, Any]] = {
    "xmlIdSeed": 1,
    "scale": 100,
    "unit": 6.0,
    "pageMarginTop": 120,
    "pageMarginBottom": 100,
    "pageMarginLeft": 120,
    "pageMarginRight": 100,
    "header": "auto",
    "footer": "none",
    "breaks": "auto",
    "condense": "none",
    "spacingSystem": 10,
    "spacingStaff": 8,
}
_LONGEST: Final = 60000


class EngravingError(ExportError):
    """The music cannot be engraved; the text says why."""


def pages(document: bytes, *, one: bool) -> list[str]:
    """Return the SVG of each page: A4 pages, or with `one` a single page as high as needed.

    Raises EngravingError if the score cannot be engraved, or if the single page would be higher than six metres.
    """
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    size = {**_A4, "pageHeight": _LONGEST, "adjustPageHeight": True} if one else _A4
    toolkit.setOptions({**_OPTIONS, **size})
    if not toolkit.loadData(document.decode()):
        raise EngravingError("the score cannot be engraved: verovio cannot read it")
    count = toolkit.getPageCount()
    if one and count > 1:
        raise EngravingError(
            "the score is too long for one page; write a .pdf, or choose fewer bars with --loop"
        )
    return [_made_portable(toolkit.renderToSVG(number + 1)) for number in range(count)]


def pdf(svgs: list[str]) -> bytes:
    """Return a PDF document of A4 pages."""
    return _typeset(svgs, "width: 210mm, height: 297mm", format="pdf", timestamp=0)


def png(svg: str) -> bytes:
    """Return a PNG picture of one page."""
    return _typeset([svg], "width: 210mm, height: auto, fill: white", format="png", ppi=_DOTS_PER_INCH)


def _typeset(svgs: list[str], page: str, **options: Any) -> bytes:
    images = "\n".join(f'#image("/{number}.svg", width: 210mm)' for number in range(len(svgs)))
    files = {"main.typ": f"#set page(margin: 0pt, {page})\n#set block(spacing: 0pt)\n{images}\n".encode()}
    files |= {f"{number}.svg": svg.encode() for number, svg in enumerate(svgs)}
    made: bytes = typst.compile(files, ignore_system_fonts=True, **options)
    return made


def _made_portable(svg: str) -> str:
    svg = _TITLE.sub(r"<text\1 \2>\3</text>", svg, count=1)
    return _MUSIC_FONT.sub('font-family="Libertinus Serif, serif"', svg.translate(_METRONOME))
