"""Charts as PNG files, for the model card and the notebook.

Matplotlib draws them, since files need no style sheet. The site's pages draw theirs as SVG
(training/charts/svg.py), which follows the page's colours and spares a web process Matplotlib.
"""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from recognizer.inference.percentages import points
from training.ml.evaluation.metrics import Evaluation
from training.ml.pretraining.pretrain import EpochResult

INK, ACCENT, PALE = "#1f2937", "#2563eb", "#93c5fd"


def curves(history: Sequence[EpochResult]) -> bytes:
    """Loss, and training and validation error, by epoch."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [one.epoch for one in history]
    left.plot(epochs, [one.loss for one in history], color=ACCENT, marker="o")
    left.set(title="Loss", xlabel="epoch", ylim=(0, None))
    for name, color in (("accuracy", PALE), ("validation", ACCENT)):
        # A logarithmic axis has no zero: it ends at 0.01 %.
        wrong = [max(0.01, 100 * (1 - getattr(one, name))) for one in history]
        label = "training, changed images" if name == "accuracy" else "validation, average network"
        right.plot(epochs, wrong, color=color, marker="o", label=label)
    right.set(title="Wrong, %", xlabel="epoch", yscale="log")
    right.legend(frameon=False)
    return _png(figure)


def confusion(found: Evaluation) -> bytes:
    """The confusion matrix; the diagonal is left pale so that errors stand out."""
    counts = np.array(found.confusion)
    wrong = counts * (1 - np.eye(10, dtype=int))
    figure = Figure(figsize=(5.2, 5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(wrong, cmap="Blues", vmax=max(1, wrong.max() * 1.5))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(column, row, str(count), ha="center", va="center", color=INK, fontsize=8)
    axes.set(xlabel="read as", ylabel="is", xticks=range(10), yticks=range(10))
    axes.set_title(f"{found.errors} of {found.count} wrong")
    return _png(figure)


def reliability(found: Evaluation) -> bytes:
    """The reliability diagram: accuracy by confidence. Perfect calibration is the diagonal."""
    bins = [one for one in found.reliability if one.count]
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=PALE, linestyle="--")
    confidences, accuracies = [one.confidence for one in bins], [one.accuracy for one in bins]
    axes.plot(confidences, accuracies, color=ACCENT, marker="o")
    for one in bins:
        axes.annotate(
            str(one.count),
            (one.confidence, one.accuracy),
            (4, -10),
            fontsize=7,
            color=INK,
            textcoords="offset points",
        )
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1.08), ylim=(0, 1.05))
    axes.set_title(f"expected calibration error {points(found.ece)} points")
    return _png(figure)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    # Without metadata the same figures give the same bytes.
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})
    return file.getvalue()
