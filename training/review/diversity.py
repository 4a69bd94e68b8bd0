"""Diversity: orders drawings so that similar ones do not follow each other."""

from collections.abc import Sequence

import numpy as np

# Cosine of two embeddings from which on two drawings are one shape to a reviewer. Of
# drawings of one digit by different people a tenth is as near; of one drawing slightly augmented,
# three quarters.
NEAR = 0.97
# In so many successive drawings no shape comes twice, while there are others.
IN_A_ROW = 10


def varied(
    embeddings: Sequence[np.ndarray | None], *, count: int, shown: Sequence[np.ndarray | None] = ()
) -> list[int]:
    """Indices of `count` drawings, in their order, but none near to one just before it.

    embeddings: float32 [D] of length 1 each, None where not known (near to none). shown: those of
    the drawings that were shown already, in their order. Where only similar ones are left they do
    follow each other.
    """
    waiting = list(range(len(embeddings)))
    chosen: list[int] = []
    row = list(shown)[-(IN_A_ROW - 1) :]
    while waiting and len(chosen) < count:
        index = next((one for one in waiting if not _is_near(embeddings[one], row)), waiting[0])
        waiting.remove(index)
        chosen.append(index)
        row = [*row, embeddings[index]][-(IN_A_ROW - 1) :]
    return chosen


def _is_near(embedding: np.ndarray | None, row: Sequence[np.ndarray | None]) -> bool:
    if embedding is None:
        return False
    return any(other is not None and float(embedding @ other) > NEAR for other in row)
