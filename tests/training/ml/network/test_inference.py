"""Tests where a network computes in bf16."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import torch
from training.ml.network.inference import has_fast_bf16
print(has_fast_bf16(torch.device("cpu")))
"""


@pytest.mark.slow
def test_without_the_instructions_it_computes_in_float32() -> None:
    """A processor that has none anyway passes; torch reads the variable when it is imported."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"ATEN_CPU_CAPABILITY": "avx2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
