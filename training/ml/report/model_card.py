"""The model card: how a version was made and measured, written from its manifest alone."""

from collections.abc import Mapping
from typing import Any

CHARTS = ("curves", "confusion", "reliability")


def write(manifest: Mapping[str, Any], *, charts: str) -> str:
    """The card as Markdown; `charts` is the folder of the pictures, seen from the card."""
    return (
        "\n\n".join(
            [
                f"# Model card: {manifest['name']}",
                "Written from the version's manifest by `training.ml.report.model_card`.",
                _what(manifest),
                _made(manifest["made"]),
                _measured(manifest["metrics"]),
                _thresholds(manifest["metrics"]["is_digit"]["thresholds"]),
                _per_digit(manifest["metrics"]["test"]["per_digit"]),
                _pictures(charts),
                LIMITS,
                _files(manifest),
            ]
        )
        + "\n"
    )


LIMITS = """## What it does not do

- It reads one digit at a time, from 28x28 pictures made as `recognizer/ink/rasterize.py` makes
  them. A number is divided into its digits before (`recognizer/inference/number_reading.py`).
- It knows MNIST's handwriting, from the United States around 1990. Styles that MNIST lacks are
  read worse; the commonest (a 1 with a flag, a barred 7, an open 4, a slashed 0) it knows only
  from the drawings made here.
- `is_digit` was taught with letters, invented signs, scribbles and broken digits that this
  repository makes. Its figure above is on pictures of the same make. Other things people draw
  are told apart worse: a question mark is taken for a 2 or a 7, a ring drawn many times over for
  a 0, some random scribbles of many strokes for a digit. A letter of another script that is drawn
  as a digit is taken for one.

[Experiments](experiments.md) has its figures on other people's handwriting, and what was tried."""


def _what(manifest: Mapping[str, Any]) -> str:
    return f"""## What it is

A convolutional network (`{manifest["architecture"]}` in `training/ml/network/architectures.py`,
{manifest["parameters"]:,} parameters) that reads one handwritten digit, says how sure it is, and
whether the picture is a digit at all. It takes pictures of ink version
{manifest["ink_version"]}."""


def _made(made: Mapping[str, Any]) -> str:
    return f"""## How it was made

    {made["command"]}

On {made["date"]}, in {made["seconds"] / 60:.0f} minutes on a machine with {made["machine"]},
torch {made["torch"]}, seed {made["seed"]}.

It learnt from {made["training_images"]:,} of MNIST's 60,000 training images. An epoch had
{made["epoch_images"]:,} pictures: those, as they are and redrawn in other hands
(`training/ml/synthesis/redrawn_mnist.py`), and digits that the same command draws in styles that
MNIST lacks (`training/ml/synthesis/digits.py`). Each was changed at random each time it was seen
(turned, slanted, scaled, bent, another pen, some of them dirty), beside {made["outsiders"]:,}
pictures of no digit (`training/ml/synthesis/non_digits.py`). The weights are the moving average
over the steps.{_end(made)}

The rest of MNIST's training images, the validation digits, chose the recipe and set the
calibration. Which hands to draw was chosen by what earlier versions misread of the even-numbered
writers of UCI's pendigits; nothing of that set was trained on. MNIST's test set chose nothing."""


def _end(made: Mapping[str, Any]) -> str:
    """What came after the courses."""
    polish = made["plan"]["polish"]
    if polish is None:
        return ""
    return f"""

At the end {polish["copies"]} copies of it took {polish["steps"]} steps each, in which
{polish["hard"]:.0%} of the digits were of the {polish["hardest"]:,} of MNIST that it knew least
(`training/ml/fit/hard_examples.py`). The mean of their weights is what was kept."""


def _measured(metrics: Mapping[str, Any]) -> str:
    rows = [_row(name, metrics[name]) for name in ("validation", "test")]
    told = metrics["is_digit"]
    return "\n".join(
        [
            "## How it was measured",
            "",
            "The exported ONNX file itself was measured, with ONNX Runtime.",
            "",
            "| MNIST | digits | right | wrong | calibration error | log loss |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            f"Calibration: temperature {metrics['temperature']:.3f}, from the validation digits; "
            f"the threshold of `is_digit` accepts {_percent(told['accepted_of_changed'])} of them "
            "after they were changed as in training. The error is the expected calibration error "
            "over 15 bins, in points.",
            "",
            f"`is_digit` at its threshold of 0.5 accepts {_percent(told['digits_accepted'])} of "
            f"the test digits and {_percent(told['others_accepted'])} of made pictures of no "
            f"digit (area under the ROC curve {told['auroc']:.4f}).",
        ]
    )


def _thresholds(rows: list[Mapping[str, Any]]) -> str:
    lines = [
        f"| {row['asked']:g} | {_percent(row['digits_refused'])} "
        f"| {_percent(row['others_refused'])} |"
        for row in rows
    ]
    head = [
        "What another threshold (the setting `LEAST_IS_DIGIT`) costs and saves:",
        "",
        "| threshold | test digits refused | made non-digits refused |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *lines])


def _row(name: str, found: Mapping[str, Any]) -> str:
    return (
        f"| {name} | {found['count']:,} | {_percent(found['accuracy'])} | {found['errors']} "
        f"| {100 * found['ece']:.2f} | {found['nll']:.4f} |"
    )


def _per_digit(rows: list[Mapping[str, Any]]) -> str:
    lines = [
        f"| {digit} | {row['support']} | {_percent(row['precision'])} | {_percent(row['recall'])} |"
        for digit, row in enumerate(rows)
    ]
    head = ["| digit | in the test set | precision | recall |", "|---|---|---|---|"]
    return "\n".join([*head, *lines])


def _pictures(charts: str) -> str:
    return "\n\n".join(f"![{name}]({charts}/{name}.png)" for name in CHARTS)


def _files(manifest: Mapping[str, Any]) -> str:
    return f"""## Files

| file | SHA-256 |
|---|---|
| model.onnx | `{manifest["onnx_sha256"]}` |
| model.safetensors | `{manifest["safetensors_sha256"]}` |"""


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
