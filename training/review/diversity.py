"""Diversity: an order in which similar drawings do not follow each other."""

from collections.abc import Sequence

import numpy as np

# Cosine of two embeddings from which on two drawings are one shape to a reviewer. Of drawings of
# one digit by different hands a tenth is as near; of one drawing shaken a little, three quarters.
NEAR = 0.97
# So many shown in a row hold no shape twice, while there are others.
IN_A_ROW = 10


def varied(
    shapes: Sequence[np.ndarray | None], *, count: int, shown: Sequence[np.ndarray | None] = ()
) -> list[int]:
    """Indices of `count` of the shapes, in their order, but none near to one just before it.

    shapes: float32 [D] of length 1 each, None where not known (near to none). shown: those that
    were shown already, in their order. Where only like shapes are left they do follow each other.
    """
    waiting = list(range(len(shapes)))
    chosen: list[int] = []
    row = list(shown)[-(IN_A_ROW - 1) :]
    while waiting and len(chosen) < count:
        index = next((one for one in waiting if not _is_near(shapes[one], row)), waiting[0])
        waiting.remove(index)
        chosen.append(index)
        row = [*row, shapes[index]][-(IN_A_ROW - 1) :]
    return chosen


def _is_near(shape: np.ndarray | None, row: Sequence[np.ndarray | None]) -> bool:
    if shape is None:
        return False
    return any(other is not None and float(shape @ other) > NEAR for other in row)
