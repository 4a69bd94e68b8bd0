"""Which version last learned from a person's drawings; the draw page tells them."""

from dataclasses import dataclass

from recognizer.models import Drawing, DrawingQuerySet, ModelVersion, User
from recognizer.wording import drawing_count
from training.models import DatasetSample, Subset
from training.usage.usage import MOST_ASKED

# How many of the newest drawings are shown.
MOST_SHOWN = 6


@dataclass(frozen=True)
class Taught:
    """A version, how many of a person's drawings it was trained on, and the newest of those."""

    version: ModelVersion
    count: int
    newest: list[Drawing]

    @property
    def sentence(self) -> str:
        """A sentence for the person."""
        of_yours = "a drawing" if self.count == 1 else drawing_count(self.count)
        return f"Version {self.version.pk} learned from {of_yours} of yours."


def last_trained_on(user: User) -> Taught | None:
    """The champion, or its nearest ancestor that was trained on drawings of theirs; None if none of
    the last MOST_ASKED was."""
    version = ModelVersion.objects.champion()
    for _ in range(MOST_ASKED):
        if version is None:
            return None
        drawings = _trained_on(user, version)
        if newest := list(drawings.select_related("label")[:MOST_SHOWN]):
            return Taught(version, drawings.count(), newest)
        version = version.parent
    return None


def _trained_on(user: User, version: ModelVersion) -> DrawingQuerySet:
    samples = DatasetSample.objects.filter(
        dataset__runs__challenger=version, subset=Subset.TRAIN, set_aside=""
    )
    mine = Drawing.objects.owned_by(user).filter(pk__in=samples.values("drawing_id"))
    return mine.order_by("-created_at")
