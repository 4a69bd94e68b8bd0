"""Training's tables; import them from here."""

from training.models.datasets import DatasetRevision, DatasetSample, Sample, SetAside, Subset
from training.models.promotions import Promotion
from training.models.reviews import Claim, Skip, SpotCheck
from training.models.runs import Checkpoint, TrainingRun
from training.models.schedules import RunMail, RunSchedule, RunSubscriber

__all__ = [
    "Checkpoint",
    "Claim",
    "DatasetRevision",
    "DatasetSample",
    "Promotion",
    "RunMail",
    "RunSchedule",
    "RunSubscriber",
    "Sample",
    "SetAside",
    "Skip",
    "SpotCheck",
    "Subset",
    "TrainingRun",
]
