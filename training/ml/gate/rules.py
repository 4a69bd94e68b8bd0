"""The numbers that the gate judges by. They import nothing: the settings read them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The numbers of the rules. Points are hundredths: 0.05 points of 10,000 images are 5."""

    mnist_loss: float = 0.05  # points of accuracy, against the champion
    shipped_loss: float = 0.10  # points of accuracy, against the version that ships
    alpha: float = 0.04  # the share of challengers no better that may pass as better
    alpha_as_drawn: float = 0.5  # the same as drawn alone: half is no worse than before
    least_discordant: int = 30  # on the holdout: from here McNemar decides, alone
    least_drawings: int = 50  # digits drawn: fewer prove nothing
    floor: float = 0.1  # the least probability of a label, in the test for few drawings
    spare: int = 1  # so many more may be wrong in that test: one of hundreds is chance
    flips: int = 20_000  # random signs, in the same test
    few: int = 3  # so many drawings more must be wrong before a share of drawings refuses
    recall_loss_mnist: float = 0.5  # points of any digit's recall
    recall_loss: float = 2.0  # points of any digit's recall on the drawings
    regression_loss: float = 10.0  # points of the regression pack
    ece_loss: float = 0.5  # points of expected calibration error, beside sampling error
    telling_loss: float = 2.0  # points of strangers accepted, or of digits turned away
    export_difference: float = 1e-4
    slowdown: float = 1.2
