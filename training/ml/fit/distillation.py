"""Knowledge distillation (G. Hinton et al., 2015): a narrower network learns a teacher's outputs.

The student starts from some of the teacher's channels, so that it does not begin from scratch, and
keeps the teacher's embedding and heads.
"""

import copy
import itertools

import numpy as np
import scipy.linalg
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.ml.network.architectures import Network, NetworkOutput
from training.ml.network.inference import as_input

PLACES = 12_000


def loss_of(
    output: NetworkOutput, taught: NetworkOutput, labels: Tensor, *, smoothing: float
) -> Tensor:
    """The loss of a batch whose first len(labels) images are digits and whose others are not.

    labels: int64 [B]; taught: the teacher's output for the same images. The sum of three terms: the
    cross entropy between the teacher's probabilities and the student's; half the binary cross
    entropy of "digit or not" against the teacher's; and the squared distance of the embeddings,
    relative to the teacher's length. Where the teacher is wrong, the label is learned instead.
    """
    count, total = len(labels), len(output.logits)
    is_digit = (torch.arange(total, device=labels.device) < count).float()
    classes = F.cross_entropy(output.logits.float(), _classes(taught, labels, smoothing))
    detection = F.binary_cross_entropy_with_logits(
        output.digitness.float(), _digitness(taught, is_digit)
    )
    embedding = taught.embedding.float()
    distance = (output.embedding.float() - embedding).square().mean() / embedding.square().mean()
    return classes + 0.5 * detection + distance


def _classes(taught: NetworkOutput, labels: Tensor, smoothing: float) -> Tensor:
    """The probabilities to learn, [N, 10]."""
    targets = taught.logits.float().softmax(1)
    classes = targets.shape[1]
    wrong = targets[: len(labels)].argmax(1) != labels
    smoothed = F.one_hot(labels[wrong], classes) * (1 - smoothing) + smoothing / classes
    targets[: len(labels)][wrong] = smoothed
    return targets


def _digitness(taught: NetworkOutput, is_digit: Tensor) -> Tensor:
    """The probability of being a digit to learn, [N]."""
    target = taught.digitness.float().sigmoid()
    return torch.where((target > 0.5) == (is_digit > 0.5), target, is_digit)


@torch.no_grad()
def inherit(student: Network, teacher: Network, *, images: Tensor) -> None:
    """Give a student, in place, some of the teacher's channels: those from which the others can
    best be computed on uint8 images [N, 28, 28]. What the others did is added to the weights of the
    next layer.

    Channels are chosen by QR decomposition with pivoting, the others computed by least squares.
    Both networks have equally long embeddings. Raises ValueError where one has more layers.
    """
    theirs, mine = _convolutions(teacher), _convolutions(student)
    if len(theirs) != len(mine):
        raise ValueError(f"The teacher has {len(theirs)} layers, the student {len(mine)}.")
    joined = _linear(teacher).weight.unflatten(1, (theirs[-1][0].out_channels, -1))
    meets = [conv.weight.flatten(2) for conv, _ in theirs[1:]] + [joined]
    activations = _activations(teacher, images)
    mixed = torch.ones(1, 1)
    for (conv, norm), (own, own_norm), values, weights in zip(
        theirs, mine, activations, meets, strict=True
    ):
        used = (values * weights.norm(dim=(0, 2))).numpy()
        _, order = scipy.linalg.qr(used, mode="r", pivoting=True)
        chosen = torch.from_numpy(np.sort(order[: own.out_channels]))
        own.weight.copy_(torch.einsum("oihw,ki->okhw", conv.weight[chosen], mixed))
        _copy_norm(own_norm, norm, chosen)
        others = torch.linalg.lstsq(values[:, chosen], values, driver="gelsd")
        mixed = others.solution.float()
    _linear(student).weight.copy_(torch.einsum("ecp,kc->ekp", joined, mixed).flatten(1))
    student.embed[2].load_state_dict(teacher.embed[2].state_dict())
    student.digit.load_state_dict(teacher.digit.state_dict())
    student.digitness.load_state_dict(teacher.digitness.state_dict())


def _linear(network: Network) -> nn.Linear:
    """The layer that makes the embedding."""
    return next(layer for layer in network.embed if isinstance(layer, nn.Linear))


def _copy_norm(own: nn.BatchNorm2d, norm: nn.BatchNorm2d, chosen: Tensor) -> None:
    own.load_state_dict(
        {name: value[chosen] if value.ndim else value for name, value in norm.state_dict().items()}
    )


def _convolutions(network: Network) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    layers = list(network.stages.modules())
    return [
        (layer, after)
        for layer, after in itertools.pairwise(layers)
        if isinstance(layer, nn.Conv2d) and isinstance(after, nn.BatchNorm2d)
    ]


def _activations(network: Network, images: Tensor) -> list[Tensor]:
    """What the channels of each convolution are at some places of the images: float64 [P, C]."""
    found: list[Tensor] = []
    network = copy.deepcopy(network).cpu().float().eval()
    for layer in network.stages.modules():
        if isinstance(layer, nn.ReLU):
            layer.register_forward_hook(lambda _, __, out: found.append(_some(out)))
    network(as_input(images))
    return found


def _some(activations: Tensor) -> Tensor:
    """At most PLACES places of activations [N, C, H, W], evenly spread: [P, C]."""
    rows = activations.permute(0, 2, 3, 1).flatten(0, 2)
    # Not a divisor of a row's length, or every place would be in the same column.
    return rows[:: max(1, len(rows) // PLACES) | 1].double()
