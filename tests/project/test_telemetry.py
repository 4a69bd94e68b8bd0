"""Nothing tells anybody else that the site is used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "module",
    [
        "recognizer.inference.classifier",
        "recognizer.ink.ink_finder",
        "training.ml.network.quantization",
        "benchmarks.live",
    ],
)
def test_onnx_runtime_reports_nothing(module: str, tmp_path: Path) -> None:
    """Where it reports, it first writes an identifier of the machine into the home folder."""
    told_apart = ["CI", "ORT_DISABLE_TELEMETRY"]  # either keeps it silent
    environment = {name: value for name, value in os.environ.items() if name not in told_apart}
    subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=ROOT,
        env=environment | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        check=True,
    )
    assert list(tmp_path.rglob("*onnxruntime*")) == []
