"""Interpret jumps that a score writes in words, and coda signs whose role is not stated."""

import re
from collections.abc import Iterable
from typing import Final

from models.reading.notation.written import CAPO, SEGNO, Marks

_DA_CAPO: Final = re.compile(r"\b(d\. ?c\.|da ?capo)", re.IGNORECASE)
_DAL_SEGNO: Final = re.compile(r"\b(d\. ?s\.|dal ?segno)", re.IGNORECASE)
_TO_CODA: Final = re.compile(r"^\W*((to|al) coda|dacoda)", re.IGNORECASE)
_CODA: Final = re.compile(r"^\W*coda\b", re.IGNORECASE)
_FINE: Final = re.compile(r"^\W*fine\b", re.IGNORECASE)


def read_words(marks: Marks, text: str) -> None:
    """Set the marks that words in a bar mean, such as "D.S. al Coda"."""
    text = text[:80]
    if _DA_CAPO.search(text):
        marks.jump = CAPO
    elif _DAL_SEGNO.search(text):
        marks.jump = SEGNO
    elif _TO_CODA.search(text):
        marks.to_coda = True
    elif _CODA.search(text):
        marks.coda = True
    elif _FINE.search(text):
        marks.fine = True


def tell_codas(marks: Iterable[Marks]) -> None:
    """Assign roles to coda signs: the coda begins at the last one, and the earlier ones are jumps to it."""
    marks = list(marks)
    bare = [mark for mark in marks if mark.coda]
    if len(bare) > 1 and not any(mark.to_coda for mark in marks):
        for mark in bare[:-1]:
            mark.coda, mark.to_coda = False, True
