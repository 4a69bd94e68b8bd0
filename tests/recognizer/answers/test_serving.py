"""Tests the champion that a process has loaded: replacement, damaged files."""

import logging

import numpy as np
import pytest

from recognizer import registry
from recognizer.answers import answering, serving
from recognizer.ink import rasterize, strokes
from recognizer.models import Artifact, ModelVersion
from tests.people import SEVEN, register

pytestmark = pytest.mark.django_db
INK = strokes.parse(SEVEN, width=280, height=280)


def test_reads_with_the_champion(champion):
    reading = answering.read_strokes(INK)
    assert (reading.answer.digit, reading.model_version) == (7, champion.pk)
    assert np.array_equal(reading.pixels, rasterize.from_strokes(INK, version=1))
    assert reading.milliseconds > 0


def test_a_new_champion_answers_without_a_restart(champion, settings):
    settings.CHAMPION_CHECK_SECONDS = 0
    assert answering.read_strokes(INK).answer.digit == 7
    registry.promote(register(3, origin="trained"))
    assert answering.read_strokes(INK).answer.digit == 3


def test_the_database_is_not_asked_at_every_question(champion, django_assert_num_queries):
    answering.read_strokes(INK)
    with django_assert_num_queries(0):
        answering.read_strokes(INK)


def test_without_a_champion_nothing_answers():
    with pytest.raises(serving.NoModel):
        answering.read_strokes(INK)


def damage(version: ModelVersion) -> None:
    Artifact.objects.filter(pk=version.onnx_id).update(content=b"something else")


def test_a_file_with_another_digest_never_answers(champion):
    damage(champion)
    with pytest.raises(serving.NoModel):
        answering.read_strokes(INK)


def test_what_is_held_answers_on_when_the_new_file_is_damaged(champion, settings, caplog):
    settings.CHAMPION_CHECK_SECONDS = 0
    answering.read_strokes(INK)
    damaged = register(3, origin="trained")
    damage(damaged)
    registry.promote(damaged)
    with caplog.at_level(logging.ERROR):
        readings = [answering.read_strokes(INK) for _ in range(3)]
    assert {reading.model_version for reading in readings} == {champion.pk}
    assert len(caplog.records) == 1


def test_a_mended_file_answers(champion, settings):
    settings.CHAMPION_CHECK_SECONDS = 0
    content = Artifact.objects.get(pk=champion.onnx_id).content
    damage(champion)
    with pytest.raises(serving.NoModel):
        answering.read_strokes(INK)
    Artifact.objects.filter(pk=champion.onnx_id).update(content=content)
    assert answering.read_strokes(INK).answer.digit == 7


def test_a_process_may_start_before_its_model(caplog):
    serving.warm()
    assert "without a model" in caplog.text
