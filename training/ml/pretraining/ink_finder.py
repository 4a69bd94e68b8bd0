"""Trains the network that finds ink, on pictures made of MNIST's digits and synthetic ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from recognizer.ink import binarize_v1, ink_finder
from training.ml.arrays import Floats, Images, Random
from training.ml.network.inference import has_fast_bf16
from training.ml.network.ink_finder import InkFinder
from training.ml.pictures import training_kinds
from training.ml.pictures.canvas import MadePicture
from training.ml.pictures.writing import Digits

BATCH = 32
# How often the second of each two, which is the first mirrored, is shown as its negative: in that
# the ink is light, and there is none to be found.
NEGATIVES = 0.35
# Processes that make pictures.
JOBS = 2
# So many of the pictures are looked at closely, as the ink finder does where writing is small.
CLOSELY = 0.3
# So many pixels of ink more or less count little.
FEW = 45


@dataclass(frozen=True)
class Plan:
    """How long to train: so many chunks of `chunk` pictures, each seen twice, once mirrored, with
    this highest learning rate."""

    chunks: int = 360
    chunk: int = 256
    learning_rate: float = 4e-3
    seed: int = 1


@dataclass(frozen=True)
class FinderProgress:
    """Of how many chunks how many are done, and the mean loss of the last."""

    chunk: int
    chunks: int
    loss: float


def train(source: Digits, *, plan: Plan, on_chunk: Callable[[FinderProgress], None]) -> InkFinder:
    """A network trained by the plan, whose seed fixes the pictures and the first weights."""
    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        network = InkFinder().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=1e-3)
    steps = plan.chunks * (2 * plan.chunk // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.learning_rate, total_steps=steps, pct_start=0.1
    )
    for number, (pictures, ink) in enumerate(_made(source, plan), start=1):
        losses = []
        for at in range(0, len(pictures), BATCH):
            loss = _loss(network, pictures[at : at + BATCH], ink[at : at + BATCH])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        on_chunk(FinderProgress(number, plan.chunks, float(np.mean(losses))))
    return network.eval()


def _made(source: Digits, plan: Plan) -> Iterator[tuple[Tensor, Tensor]]:
    made = DataLoader(
        _PictureChunks(source, plan),
        sampler=range(plan.chunks),
        batch_size=None,
        num_workers=JOBS,
        prefetch_factor=1,
        # torch's threads do not survive a fork.
        multiprocessing_context="forkserver",
    )
    for pictures, ink in made:
        yield pictures.float(), ink.float() / 255


@dataclass(frozen=True)
class _PictureChunks(Dataset[tuple[Floats, Images]]):
    """Chunks by their numbers."""

    source: Digits
    plan: Plan

    def __getitem__(self, number: int) -> tuple[Floats, Images]:
        return _chunk(self.source, [self.plan.seed, number], self.plan.chunk)


def _chunk(source: Digits, seed: list[int], count: int) -> tuple[Floats, Images]:
    """Pictures as the network sees them, float16 [2 * count, 2, SIDE, SIDE], and the dark ink in
    them, uint8 [2 * count, SIDE, SIDE]."""
    cv2.setNumThreads(1)
    random, chances = np.random.default_rng(seed), training_kinds.weights()
    side = ink_finder.SIDE
    pictures = np.zeros((2 * count, 2, side, side), np.float16)
    ink = np.zeros((2 * count, side, side), np.uint8)
    for number in range(count):
        plane, mine = map(
            ink_finder.scaled,
            _looked_at(training_kinds.one_of_any(source, random, chances), random),
        )
        if _is_light(plane, mine):
            plane = -plane
        pictures[number], ink[number] = ink_finder.seen(plane), _squared(mine)
        if random.random() < NEGATIVES:
            plane, mine = -plane, np.zeros_like(mine)
        other = count + number
        pictures[other], ink[other] = ink_finder.seen(plane[:, ::-1]), _squared(mine[:, ::-1])
    order = random.permutation(2 * count)
    return pictures[order], ink[order]


def _is_light(plane: Floats, ink: Floats) -> bool:
    """Whether the ink is lighter than what lies around it."""
    around = (cv2.dilate(ink, np.ones((9, 9), np.uint8)) > 0.5) & (ink < 0.1)
    written = ink > 0.7
    if not written.any() or not around.any():
        return False
    return bool(np.median(plane[written]) > np.median(plane[around]))


def _squared(ink: Floats) -> Images:
    """Ink of 0 to 1, float32 [h, w], in the corner of a square, uint8 [SIDE, SIDE]."""
    page = np.zeros((ink_finder.SIDE, ink_finder.SIDE), np.uint8)
    page[: ink.shape[0], : ink.shape[1]] = np.rint(np.clip(ink, 0, 1) * 255)
    return page


def _looked_at(made: MadePicture, random: Random) -> tuple[Floats, Floats]:
    """One channel of the picture, and its ink: all of it, or the part around the writing."""
    plane = binarize_v1.one_channel(made.image)
    if not made.ink.any() or random.random() > CLOSELY:
        return plane, made.ink
    x, y, width, height = cv2.boundingRect((made.ink > 0.5).astype(np.uint8))
    room = random.uniform(0.15, 0.6, 4) * max(width, height)
    rows = slice(max(0, round(y - room[0])), round(y + height + room[1]) + 1)
    columns = slice(max(0, round(x - room[2])), round(x + width + room[3]) + 1)
    return plane[rows, columns], made.ink[rows, columns]


def _loss(network: InkFinder, pictures: Tensor, ink: Tensor) -> Tensor:
    """Binary cross-entropy of each pixel, and one minus the Dice coefficient of each picture (F.
    Milletari et al., "V-Net", 2016), so that thin and small writing counts as much as fat."""
    seen = pictures.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_fast_bf16(seen.device)):
        logits = network(seen)
    logits = logits.float()
    inside = pictures[:, 1]
    entropy = F.binary_cross_entropy_with_logits(logits, ink, reduction="none") * inside
    share = logits.sigmoid() * inside
    both, each = (share * ink).sum((1, 2)), (share + ink).sum((1, 2))
    dice = 1 - (2 * both + FEW) / (each + FEW)
    return entropy.sum() / inside.sum() * 4 + dice.mean()
