"""Where a long training stands, in a file: one that was stopped goes on from its last epoch."""

import os
from pathlib import Path
from typing import Any

import torch


class CheckpointFile:
    """One file, of one training: `of` says which, and what another one left is not taken up."""

    def __init__(self, path: Path, *, of: str) -> None:
        self.path, self.of = path, of

    def load(self) -> dict[str, Any] | None:
        """What was saved last; None where nothing is, or another training's. Raises OSError."""
        if not self.path.exists():
            return None
        kept = torch.load(self.path, weights_only=True)
        return dict(kept["state"]) if kept["of"] == self.of else None

    def save(self, state: dict[str, Any]) -> None:
        """Numbers, words, tensors, and lists and dicts of them; whole, or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".part")
        torch.save({"of": self.of, "state": state}, beside)
        os.replace(beside, self.path)
