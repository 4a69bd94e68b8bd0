"""Which labels made a network forget most: influence by gradients (TracIn, G. Pruthi et al., 2020),
of the last layer alone, whose gradient is a product of two vectors."""

import torch
import torch.nn.functional as F
from torch import Tensor

from training.ml.arrays import Images, Integers
from training.ml.fit import interpolation
from training.ml.fit.finetune import Replay
from training.ml.network import inference
from training.ml.network.architectures import DIGITS, Network


def costs(
    champion: Network, tuned: Network, replay: Replay, *, pictures: Images, labels: Integers
) -> Tensor:
    """How much a step towards each of N labels opposes those of MNIST's validation digits that the
    tuned network knows less well, float [N]: above 0 it costs, below it helps.

    Pictures uint8 [N, 28, 28], labels [N]. What is no digit teaches no digit, and costs 0.
    """
    before, after = (interpolation.knowledge(one, replay) for one in (champion, tuned))
    rises = (after.losses - before.losses).clamp(min=0)
    error, embedding = _gradients(champion, replay.parts.held_images, replay.parts.held_labels)
    forgotten = torch.einsum("n,nc,nd->cd", rises, error, embedding)
    error, embedding = _gradients(champion, pictures, labels)
    return -torch.einsum("nc,cd,nd->n", error, forgotten, embedding)


def _gradients(network: Network, images: Images, labels: Integers) -> tuple[Tensor, Tensor]:
    """Of the log loss by the last layer's weights, for each image: the outer product of its error
    [N, 10] and its embedding [N, D]."""
    output = inference.read(network, torch.from_numpy(images))
    wanted = torch.from_numpy(labels).long()
    is_digit = (wanted < DIGITS).float().unsqueeze(1)
    one_hot = F.one_hot(wanted.clamp(max=DIGITS - 1), DIGITS)
    error = (output.logits / network.temperature).softmax(1) - one_hot
    return error * is_digit, output.embedding
