"""The steps of a run: label review, dataset, challenger, comparison, decision."""

import numpy as np
import torch
from django.conf import settings

from recognizer.inference.classes import as_digit
from recognizer.models import ModelVersion
from recognizer.wording import digit_word
from training.datasets import label_review, pictures, revisions
from training.datasets.pictures import LabelledDrawings
from training.ml.arrays import Floats
from training.ml.fit.finetune import FineTuneSet, FineTuning
from training.ml.fit.replay_data import ReplayData
from training.ml.gate import decide, gather
from training.ml.gate.evidence import Evidence
from training.ml.gate.thresholds import GateThresholds
from training.models import DatasetRevision, Subset, TrainingRun
from training.runs import label_trigger
from training.runs.lease import RunLease
from training.runs.steps import challenger, comparison
from training.runs.steps.challenger import Diverged, ForgotMnist

# How many labels are named if nothing of what was learned could be kept.
MOST_COSTLY = 5


def work(lease: RunLease) -> None:
    """Does a run and ends it: skipped, rejected or promoted. Raises MnistUnavailable, and whatever
    stops it, with which it has failed (training/runs/worker.py)."""
    torch.set_num_threads(settings.TRAINING_THREADS)
    champion = lease.run.champion or ModelVersion.objects.champion()
    if champion is None:
        lease.skip("No version answers yet: there is nothing to fine-tune.")
        return
    # A different seed for each run: with the same one, the same labels would give the same file
    # again.
    lease.record(champion=champion, seed=lease.run.pk)
    lease.phase("Reading MNIST")
    replay_data = ReplayData.load(settings.VAR, version=champion.ink_version)
    dataset = lease.run.dataset or _dataset(lease, champion, replay_data)
    if dataset is None:
        return
    try:
        _challenge(lease, champion, dataset, replay_data)
    except Diverged:
        lease.reject("The tuning diverged: its weights are no longer numbers.")


# The dataset -----------------------------------------------------------------------------------


def _dataset(
    lease: RunLease, champion: ModelVersion, replay_data: ReplayData
) -> DatasetRevision | None:
    """Freezes the run's dataset, to train and to evaluate on; None where the run is skipped."""
    lease.phase("Gathering labels")
    rows = revisions.rows()
    pretrained = revisions.pretrained_ancestor(champion)
    found = pictures.readable([row.drawing for row in rows], version=pretrained.ink_version)
    rows = [row for row in rows if row.drawing in found]
    reason = _reason_to_skip(rows)
    if reason:
        lease.skip(reason)
        return None
    lease.phase("Looking for labels that look wrong")
    images = np.stack([found[row.drawing] for row in rows])
    reviewed = label_review.review(rows, images, comparison.reader(pretrained), replay_data)
    dataset = revisions.freeze(
        rows,
        reviewed.reasons,
        reviewed.doubts,
        beside=replay_data.counts,
        learning_curve=reviewed.learning_curve,
    )
    lease.record(dataset=dataset)
    return dataset


def _reason_to_skip(rows: list[revisions.SampleRow]) -> str:
    """Why there is nothing to learn, as a sentence; "" where there is."""
    count = sum(row.subset == Subset.TRAIN for row in rows)
    if count < settings.LEAST_LABELS:
        return (
            f"{count} labelled drawings to learn from are too few: "
            f"a run needs at least {settings.LEAST_LABELS}."
        )
    last = TrainingRun.objects.decided().select_related("dataset").first()
    if (
        last
        and last.dataset
        and label_trigger.is_exhausted(last)
        and last.dataset.digest == revisions.digest(rows)
    ):
        return f"There are no new labels since run {last.pk}, which learned from the same ones."
    return ""


# Challenger and decision -----------------------------------------------------------------------


def _challenge(
    lease: RunLease, champion: ModelVersion, dataset: DatasetRevision, replay_data: ReplayData
) -> None:
    """Fine-tunes a challenger, and has the gate decide between it and the champion.

    Raises Diverged.
    """
    tuning = FineTuning(seed=lease.run.seed)
    drawings = _training_drawings(champion, dataset, tuning)
    fine_tune_set = _fine_tune_set(drawings, dataset, tuning)
    try:
        trained = challenger.train(lease, champion, dataset, fine_tune_set, replay_data, tuning)
    except ForgotMnist as error:
        lease.reject(_forgot_in_words(drawings, error.costs))
        return
    predictions = comparison.out_of_fold(trained.copies, fine_tune_set)
    lease.evaluating()
    lease.phase("Measuring both")
    held_out = comparison.held_out(champion, dataset, drawings, predictions)
    evidence = comparison.evidence(champion, trained, held_out, replay_data)
    figures = gather.summary(evidence) | {"learning_curve": dataset.counts["learning_curve"]}
    lease.record(evidence=figures)
    challenger.note_test_figures(trained.version, figures["mnist"]["challenger"])
    _decide(lease, trained.version, evidence)


def _forgot_in_words(drawings: LabelledDrawings, costs: Floats) -> str:
    """Why nothing of what was learned was kept, and the labels that cost most."""
    most = [place for place in np.argsort(-costs)[:MOST_COSTLY] if costs[place] > 0]
    named = [
        f"drawing {drawings.ids[place]} ({digit_word(as_digit(drawings.labels[place]))})"
        for place in most
    ]
    words = "It forgot MNIST, however little was kept of what it learned: nothing is left."
    return f"{words} The labels that cost most: {', '.join(named)}." if named else words


def _training_drawings(
    champion: ModelVersion, dataset: DatasetRevision, tuning: FineTuning
) -> LabelledDrawings:
    """The drawings to learn from, each in as many augmented views as will be used."""
    return pictures.labelled_drawings(
        dataset,
        Subset.TRAIN,
        version=champion.ink_version,
        views=tuning.views(dataset.counts["train"], most=pictures.VIEWS),
        seed=tuning.seed,
    )


def _fine_tune_set(
    drawings: LabelledDrawings, dataset: DatasetRevision, tuning: FineTuning
) -> FineTuneSet:
    """The drawings assigned to folds, by person if the dataset has enough people.

    By the dataset's number of people, not today's: otherwise a worker that resumes from a
    checkpoint could assign folds differently, and a copy would be tested on drawings that it
    learned from.
    """
    by_person = dataset.counts["writers"] >= revisions.PEOPLE_APART
    return drawings.fine_tune_set(tuning, by_person=by_person)


def _decide(lease: RunLease, version: ModelVersion, evidence: Evidence) -> None:
    decision = decide.decide(evidence, GateThresholds(**settings.GATE))
    lease.record(decision=decision.as_dict())
    if decision.promote:
        lease.promote(version, decision.words)
    else:
        lease.reject(decision.words)
