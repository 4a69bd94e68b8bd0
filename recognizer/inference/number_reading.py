"""Reads a drawing as a digit, a number, or neither: the network sees the whole and its parts.

The whole and each part are read in one run of the network. Only if that finds neither a digit nor a
number is the drawing read once more, split where there is no gap: touching digits are reported, not
read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from recognizer.inference import segmentation
from recognizer.inference.classifier import Answer, Reads
from recognizer.inference.segmentation import CandidateRow, PieceNumbers, Place, Segment, Sheet
from recognizer.inference.verdicts import Verdict, candidates_of, verdict_of
from recognizer.ink.arrays import Picture

# With gaps below this share of the height, a drawing that reads as one digit is one digit: an open
# 4.
CLEAR_GAP = 0.2
# An upright line that touches something is part of many letters: it counts as a 1 only beside a
# gap.
STEM = 1
# Nor does a touching part count whose `confidence` times `is_digit` is less than this: other
# scripts have such shapes.
LEAST_SURE = 0.9


@dataclass(frozen=True)
class Part:
    """One of several digits: how it reads by itself, and where it is: x, y, width and height in
    units of the canvas, or in pixels of the image."""

    digit: int | None
    confidence: float
    probabilities: list[float]
    is_digit: float
    place: Place


@dataclass(frozen=True)
class DrawingAnswer:
    """The answer to a drawing.

    `number`: the digits, from left to right, where several stand apart. `parts`: each of them, and
    those found in a drawing with several digits that was not read. `probabilities`, `is_digit`: of
    all the ink together. `confidence`: of a number that all its digits are right, else of the most
    probable digit. `candidates`: between which digits it hesitates, where it is unsure. `exemplar`:
    the key of the exemplar that decided it, where it was read as one person writes; of a number,
    that decided the first of its digits which the network alone reads otherwise.
    """

    verdict: Verdict
    digit: int | None
    number: str | None
    confidence: float
    probabilities: list[float]
    is_digit: float
    candidates: list[int]
    parts: list[Part]
    exemplar: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, without `exemplar`: the key has another name outside."""
        fields = {**vars(self), "parts": [{**vars(part)} for part in self.parts]}
        del fields["exemplar"]
        return fields


def answer(classifier: Reads, sheets: Sequence[Sheet]) -> list[DrawingAnswer]:
    """The answer to each drawing, in order. Runs the network at most twice for all of them."""
    rows = [segmentation.row(sheet) for sheet in sheets]
    shown = [_shown(sheet, row) for sheet, row in zip(sheets, rows, strict=True)]
    read = _classified(classifier, shown)
    least = classifier.thresholds.is_digit
    answers = [_decided(*each, least) for each in zip(sheets, rows, read, strict=True)]
    nameless = [
        n
        for n, one in enumerate(answers)
        if one.digit is None and not one.parts and not segmentation.has_minus(sheets[n])
    ]
    touching = _touching(classifier, [sheets[n] for n in nameless])
    for n, found in zip(nameless, touching, strict=True):
        answers[n] = _of(read[n][0], least, parts=found)
    return answers


def _shown(sheet: Sheet, row: CandidateRow | None) -> list[Picture]:
    return [sheet.whole, *(sheet.draw(part) for part in (row.parts if row else []))]


def _classified(classifier: Reads, shown: list[list[Picture]]) -> list[list[Answer]]:
    """The answers to several lists of pictures, in one run of the network."""
    if not any(shown):
        return [[] for _ in shown]
    answers = iter(classifier.classify(np.stack([one for some in shown for one in some])))
    return [[next(answers) for _ in some] for some in shown]


def _decided(
    sheet: Sheet, row: CandidateRow | None, answers: list[Answer], least: float
) -> DrawingAnswer:
    whole, *each = answers
    if segmentation.has_minus(sheet):
        # A negative number is not read, and its digits alone would be another number.
        return _of(replace(whole, digit=None, is_digit=0.0), least)
    if row is None or (whole.digit is not None and row.gap < CLEAR_GAP):
        return _of(whole, least)
    found = [_part(sheet, *one) for one in zip(row.parts, each, strict=True)]
    if all(part.digit is not None for part in found):
        number = "".join(str(part.digit) for part in found)
        return _of(whole, least, parts=found, number=number, exemplar=_deciding(each))
    read = sum(part.digit is not None for part in found)
    if read >= 2 or all(part.is_digit >= least for part in found):
        return _of(whole, least, parts=found)
    return _of(whole, least)


def _deciding(answers: list[Answer]) -> int | None:
    """The key of the exemplar without which the number would be another; None if there is none."""
    return next((one.exemplar for one in answers if one.swayed), None)


def _part(sheet: Sheet, pieces: PieceNumbers, answer: Answer) -> Part:
    return Part(
        digit=answer.digit,
        confidence=answer.confidence,
        probabilities=answer.probabilities,
        is_digit=answer.is_digit,
        place=sheet.place(pieces),
    )


def _of(
    whole: Answer,
    least: float,
    *,
    parts: Sequence[Part] = (),
    number: str | None = None,
    exemplar: int | None = None,
) -> DrawingAnswer:
    """The answer for a drawing: the digit that the whole reads as, or else its parts."""
    digit = None if parts else whole.digit
    verdict = verdict_of(
        digit=digit, number=number, parts=parts, is_digit=whole.is_digit, least=least
    )
    of_all = prod(part.confidence for part in parts) if number else whole.confidence
    return DrawingAnswer(
        verdict=verdict,
        digit=digit,
        number=number,
        confidence=of_all,
        probabilities=whole.probabilities,
        is_digit=whole.is_digit,
        candidates=candidates_of(verdict, whole.probabilities),
        parts=list(parts),
        exemplar=exemplar if parts else whole.exemplar,
    )


def _touching(classifier: Reads, sheets: Sequence[Sheet]) -> list[list[Part]]:
    """The touching digits of each drawing; empty where there are none."""
    divided = [segmentation.segments(sheet) for sheet in sheets]
    shown = [
        [sheet.draw(segment.pieces) for segment in segments]
        for sheet, segments in zip(sheets, divided, strict=True)
    ]
    read = _classified(classifier, shown)
    return [_surest(*each) for each in zip(sheets, divided, read, strict=True)]


def _surest(sheet: Sheet, segments: list[Segment], answers: list[Answer]) -> list[Part]:
    """The division into digits whose least confident digit is the most confident; may be empty."""
    best: dict[int, tuple[float, list[Part]]] = {0: (1.0, [])}
    for segment, answer in zip(segments, answers, strict=True):
        sure = answer.confidence * answer.is_digit
        if answer.digit in (None, STEM) or sure < LEAST_SURE or segment.first not in best:
            continue
        least, before = best[segment.first]
        sure = min(sure, least)
        if segment.end not in best or sure > best[segment.end][0]:
            best[segment.end] = sure, [*before, _part(sheet, segment.pieces, answer)]
    last = segments[-1].end if segments else 0
    return best[last][1] if last in best else []
