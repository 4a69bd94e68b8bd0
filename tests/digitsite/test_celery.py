"""How workers begin."""

import os

from digitsite import celery


def test_training_leaves_cores_to_those_who_answer(monkeypatch, settings):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    settings.TRAINING_THREADS = 3
    celery._leave_cores_to_those_who_answer()
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == ("3", "passive")


def test_an_operators_word_counts_more(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    celery._leave_cores_to_those_who_answer()
    assert os.environ["OMP_NUM_THREADS"] == "2"
