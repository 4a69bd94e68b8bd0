"""The shipped network in torch, as the Gradio app runs it."""

import json
from pathlib import Path

from safetensors.torch import load_file

from training.ml.network import architectures

SHIPPED = Path(__file__).resolve().parents[2] / "recognizer" / "shipped"


def load() -> architectures.Network:
    """The network, ready to answer."""
    manifest = json.loads((SHIPPED / "model.json").read_text())
    network = architectures.build(manifest["architecture"])
    network.load_state_dict(load_file(SHIPPED / "model.safetensors"))
    return network.eval()
