"""A run's training curve, downsampled: few points, whatever the number of steps. Pure."""

from typing import Any

Point = dict[str, Any]
MOST_POINTS = 300


class TrainingCurve:
    """Points {step, loss, accuracy, validation}, by rising step, at most MOST_POINTS."""

    def __init__(self, points: list[Point]) -> None:
        self.points = list(points)
        self._apart = 1

    def add(
        self, step: int, *, loss: float | None, accuracy: float | None, validation: float | None
    ) -> None:
        """Adds a point, unless the last one is near and this one has no validation.

        First removes points at this step or later: a run that was resumed repeats them.
        """
        if self.points and step <= self.points[-1]["step"]:
            self.points = [point for point in self.points if point["step"] < step]
        is_near = self.points and step < self.points[-1]["step"] + self._apart
        if is_near and validation is None:
            return
        self.points.append(
            {"step": step, "loss": loss, "accuracy": accuracy, "validation": validation}
        )
        if len(self.points) > MOST_POINTS:
            self._thin()

    def _thin(self) -> None:
        """Removes every other point, those with a validation last; halves the pace from now on."""
        self._apart *= 2
        kept = [p for i, p in enumerate(self.points) if i % 2 == 0 or p["validation"] is not None]
        self.points = kept if len(kept) <= MOST_POINTS else self.points[::2]
