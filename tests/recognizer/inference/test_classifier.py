"""Tests inference over one ONNX file: answers, thresholds, and files that are refused."""

import hashlib

import numpy as np
import pytest
from onnx import TensorProto, helper

from recognizer.inference.classifier import ArtifactCorrupt, Classifier, Thresholds
from tests import networks

BLANK = np.zeros((3, 28, 28), np.uint8)


def loaded(onnx: bytes, **how) -> Classifier:
    return Classifier(onnx, sha256=hashlib.sha256(onnx).hexdigest(), **how)


def test_answers_every_image_in_order():
    answers = loaded(networks.saying(7, sure=0.9, is_digit=0.8)).classify(BLANK)
    assert [answer.digit for answer in answers] == [7, 7, 7]
    assert answers[0].confidence == pytest.approx(0.9, abs=1e-5)
    assert sum(answers[0].probabilities) == pytest.approx(1, abs=1e-5)
    assert answers[0].is_digit == pytest.approx(0.8, abs=1e-5)


@pytest.mark.parametrize("how", [{"sure": 0.4}, {"is_digit": 0.4}])
def test_names_no_digit_below_a_threshold(how):
    [answer, *_] = loaded(networks.saying(7, **how)).classify(BLANK)
    assert answer.digit is None
    assert np.argmax(answer.probabilities) == 7


def test_thresholds_are_settable():
    onnx = networks.saying(7, sure=0.4, is_digit=0.4)
    [answer, *_] = loaded(onnx, thresholds=Thresholds(0.3, 0.3)).classify(BLANK)
    assert answer.digit == 7


def test_refuses_a_file_with_another_digest():
    with pytest.raises(ArtifactCorrupt, match="SHA-256"):
        Classifier(networks.saying(7), sha256="0" * 64)


def test_refuses_a_file_that_is_no_model():
    with pytest.raises(ArtifactCorrupt, match="cannot be run"):
        loaded(b"not a model")


def test_refuses_a_model_that_breaks_the_contract():
    graph = helper.make_graph(
        [helper.make_node("Identity", ["images"], ["other"])],
        "other",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 28, 28])],
        [helper.make_tensor_value_info("other", TensorProto.UINT8, ["N", 28, 28])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    with pytest.raises(ArtifactCorrupt, match="cannot be run"):
        loaded(model.SerializeToString())
