"""The checkpoint file of a long training, from which an interrupted one resumes."""

import os
from pathlib import Path
from typing import Any

import torch


class CheckpointFile:
    """The checkpoint of one training. `of` identifies the training by its hyperparameters: a file
    that another training left is ignored."""

    def __init__(self, path: Path, *, of: str) -> None:
        self.path, self.of = path, of

    def load(self) -> dict[str, Any] | None:
        """The state saved last; None where there is none, or another training's. Raises OSError."""
        if not self.path.exists():
            return None
        content = torch.load(self.path, weights_only=True)
        return dict(content["state"]) if content["of"] == self.of else None

    def save(self, state: dict[str, Any]) -> None:
        """Write numbers, strings, tensors, and lists and dicts of them, atomically.

        Raises OSError.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".part")
        torch.save({"of": self.of, "state": state}, partial)
        os.replace(partial, self.path)
