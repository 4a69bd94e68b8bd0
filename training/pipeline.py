"""The work of a run."""

from training.hands import Hands


def work(hands: Hands) -> None:
    """Ends the run by skip, reject or promote."""
    hands.reject("There is nothing to learn with yet.")
