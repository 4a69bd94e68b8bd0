"""The model card: how a version was trained and evaluated, written from its manifest."""

from collections.abc import Mapping
from typing import Any

from recognizer.inference.percentages import percent, points

CHARTS = ("curves", "confusion", "reliability")


def write(manifest: Mapping[str, Any], *, charts: str) -> str:
    """The card as Markdown; `charts` is the folder of its charts, relative to the card.

    Raises KeyError where the manifest lacks a figure.
    """
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


LIMITS = """## Limitations

- It classifies one digit at a time, in 28x28 images made by `recognizer/ink/rasterize.py`. A
  number is divided into its digits first (`recognizer/inference/number_reading.py`).
- It has learned MNIST's handwriting, from the United States around 1990. Styles that MNIST lacks
  are misread more often; the commonest of them (a 1 with a flag, a barred 7, an open 4, a slashed
  0) it has seen only as synthetic digits.
- `is_digit` was trained on letters, invented signs, scribbles and broken digits that are generated
  by this repository, and its figures above are for images of the same kind. Other non-digits are
  detected less well: a question mark passes for a 2 or a 7, a ring drawn many times over for a 0,
  and some random scribbles of many strokes for a digit. A letter of another script that looks like
  a digit is taken for one.
- It is one network for everybody. The site reads whoever is signed in by their own labelled
  drawings beside it (`recognizer/inference/personal.py`), which changes none of the figures above.
  Of 3,745 drawings of 15 writers the model that shipped misread 11 alone and 10.0 so, first
  mistakes included (`evaluate personal pendigits_train.jsonl.gz --writers odd`, 2026-11-29).

[Experiments](experiments.md) has figures on other people's handwriting, and what else was tried."""


def _what(manifest: Mapping[str, Any]) -> str:
    return f"""## What it is

A convolutional network (`{manifest["architecture"]}` in `training/ml/network/architectures.py`,
{manifest["parameters"]:,} parameters) that classifies one handwritten digit, with calibrated
probabilities, and says whether the image is a digit at all. Its input is images of ink version
{manifest["ink_version"]}."""


def _made(made: Mapping[str, Any]) -> str:
    return f"""## How it was trained

    {made["command"]}

On {made["date"]}, in {made["seconds"] / 60:.0f} minutes on a machine with {made["machine"]},
torch {made["torch"]}, seed {made["seed"]}.

It was trained on {made["training_images"]:,} of MNIST's 60,000 training images. An epoch had
{made["epoch_images"]:,} images: those, as they are{_redrawn(made)}, and
synthetic digits in styles that MNIST lacks (`training/ml/synthesis/digits.py`). Each was augmented
afresh every time it was shown (rotated, slanted, scaled, bent, with another pen width, some of them
degraded), beside
{made["outsiders"]:,} non-digits (`training/ml/synthesis/non_digits.py`). The weights are the
exponential moving average over the steps.{_taught(made)}{_end(made)}

The rest of MNIST's training images, the validation digits, served to choose the hyperparameters and
to calibrate. The styles of the synthetic digits were chosen by what earlier versions misread of the
even-numbered writers of UCI's pendigits and of UCI's optdigits; nothing of these sets was trained
on. MNIST's test set was used for no choice."""


def _redrawn(made: Mapping[str, Any]) -> str:
    if not made["plan"]["redrawn"]:
        return ""
    return " and redrawn with the site's pen\n(`training/ml/synthesis/redrawn_mnist.py`)"


def _taught(made: Mapping[str, Any]) -> str:
    """Whom it learned from, if there was a teacher."""
    if "teacher" not in made:
        return ""
    return f"""

It began with some of the channels of a larger network and learned that one's answers and
embeddings (`training/ml/fit/distillation.py`). The teacher was made by
`train_baseline --plan {made["plan"]["teacher"]}`; the SHA-256 of its weights is
`{made["teacher"]}`."""


def _end(made: Mapping[str, Any]) -> str:
    """The polish after the last phase, if there was one."""
    polish = made["plan"]["polish"]
    if polish is None:
        return ""
    return f"""

At the end {polish["copies"]} copies of it were trained for {polish["steps"]} steps each, in which
{polish["hard"]:.0%} of the digits were from MNIST's {polish["hardest"]:,} hardest
(`training/ml/fit/hard_examples.py`). The mean of their weights was kept."""


def _measured(metrics: Mapping[str, Any]) -> str:
    rows = [_row(name, metrics[name]) for name in ("validation", "test")]
    detection = metrics["is_digit"]
    return "\n".join(
        [
            "## How it was evaluated",
            "",
            "The figures are of the exported ONNX file, quantised to 8-bit integers, run by ONNX "
            "Runtime.",
            "",
            "| MNIST | digits | accuracy | errors | of these with 95% or more "
            "| calibration error | log loss |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"Calibration: temperature {metrics['temperature']:.3f}, from the validation digits; "
            "the threshold of `is_digit` accepts "
            f"{percent(detection['accepted_of_changed'], 2)} of them when "
            "augmented. The calibration error is the expected calibration error over 15 bins, in "
            "percentage points.",
            "",
            "`is_digit` at its threshold of 0.5 accepts "
            f"{percent(detection['digits_accepted'], 2)} of the test digits and "
            f"{percent(detection['others_accepted'], 2)} of generated non-digits (area under the "
            f"ROC curve {detection['auroc']:.4f}).",
        ]
    )


def _thresholds(rows: list[Mapping[str, Any]]) -> str:
    lines = [
        f"| {row['asked']:g} | {percent(row['digits_refused'], 2)} "
        f"| {percent(row['others_refused'], 2)} |"
        for row in rows
    ]
    head = [
        "What other thresholds (the setting `LEAST_IS_DIGIT`) reject:",
        "",
        "| threshold | test digits | generated non-digits |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *lines])


def _row(name: str, found: Mapping[str, Any]) -> str:
    return (
        f"| {name} | {found['count']:,} | {percent(found['accuracy'], 2)} | {found['errors']} "
        f"| {found['sure_errors']} "
        f"| {points(found['ece'])} | {found['nll']:.4f} |"
    )


def _per_digit(rows: list[Mapping[str, Any]]) -> str:
    lines = [
        f"| {digit} | {row['support']} | {percent(row['precision'], 2)} "
        f"| {percent(row['recall'], 2)} |"
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
