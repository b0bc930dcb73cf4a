"""Jumps that a score tells in words or with bare signs."""

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
    """Take in words such as "D.S. al Coda" that stand in a bar."""
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
    """Give a meaning to coda signs that have none: the coda begins at the last one, those before it lead there."""
    marks = list(marks)
    bare = [mark for mark in marks if mark.coda]
    if len(bare) > 1 and not any(mark.to_coda for mark in marks):
        for mark in bare[:-1]:
            mark.coda, mark.to_coda = False, True
