"""Small real networks in ONNX, by the contract that every model version keeps."""

from functools import cache

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MANIFEST = {"name": "test", "architecture": "constant", "ink_version": 1, "metrics": {}}


@cache
def saying(digit: int, *, sure: float = 0.99, is_digit: float = 0.99) -> bytes:
    """A network that says this digit of every image, this sure, and so surely a digit."""
    logits = np.full(10, np.log((1 - sure) / 9), np.float32)
    logits[digit] = np.log(sure)
    return linear(np.zeros((28, 28, 10)), logits, is_digit=is_digit)


def linear(weights: np.ndarray, logits: np.ndarray, *, is_digit: float = 0.99) -> bytes:
    """A network whose logits grow with the ink: by weights [28, 28, 10] for each grey value."""
    doubt = np.array([np.log(is_digit / (1 - is_digit))], np.float32)
    values = {
        "shape": np.array([-1, 784], np.int64),
        "weights": weights.reshape(784, 10).astype(np.float32),
        "logits": np.asarray(logits, np.float32),
        "none": np.zeros((784, 1), np.float32),
        "doubt": doubt,
        "axis": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["grey"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["grey", "shape"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "logits"], ["embedding"]),
        helper.make_node("Softmax", ["embedding"], ["probabilities"], axis=1),
        helper.make_node("Gemm", ["flat", "none", "doubt"], ["column"]),
        helper.make_node("Sigmoid", ["column"], ["sigmoid"]),
        helper.make_node("Squeeze", ["sigmoid", "axis"], ["is_digit"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 28, 28])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 10]),
            helper.make_tensor_value_info("is_digit", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 10]),
        ],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()
