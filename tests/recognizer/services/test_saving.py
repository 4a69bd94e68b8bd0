"""Saving drawings, and the sweep."""

from dataclasses import replace

import pytest
from kombu.exceptions import OperationalError

from recognizer import registry
from recognizer.answers import serving
from recognizer.ink import rasterize, strokes
from recognizer.models import Drawing
from recognizer.services import saving
from tests import networks
from tests.people import SEVEN, drawn_by
from tests.recognizer.images import encoded, seven


def test_blank_ink_is_not_kept(anna):
    blank = strokes.Strokes(
        points=strokes.parse(SEVEN, width=280, height=280).points[:0],
        starts=strokes.parse(SEVEN, width=280, height=280).starts[:0],
        width=9,
        height=9,
    )
    with pytest.raises(rasterize.NoInk):
        saving.keep_strokes(owner=anna, strokes=blank)
    assert not Drawing.objects.exists()


def test_the_sweep_asks_once_for_all_that_wait(champion, anna, broker):
    drawn_by(anna)
    for _ in range(2):
        drawn_by(anna, answered=False)
    assert saving.sweep() == 2
    assert broker.tasks() == [("recognizer.sweep", [])]


def test_without_a_broker_the_sweep_says_so_and_loses_nothing(champion, anna, no_broker):
    drawn_by(anna, answered=False)
    with pytest.raises(OperationalError):
        saving.sweep()
    assert Drawing.objects.waiting().count() == 1


def test_ink_is_kept_where_the_champions_ink_version_finds_some(anna, monkeypatch):
    """Version 3 sees no writing in an image in which the others see some."""
    blind = replace(rasterize.VERSIONS[1], ink_of=lambda image: None)
    monkeypatch.setitem(rasterize.VERSIONS, 3, blind)
    saving.keep_image(owner=anna, content=encoded(seven()))
    registry.register(
        onnx=networks.saying(3),
        safetensors=b"",
        manifest=networks.MANIFEST | {"ink_version": 3},
        origin="trained",
    )
    serving.model_cache.expire()
    with pytest.raises(rasterize.NoInk):
        saving.keep_image(owner=anna, content=encoded(seven()))
