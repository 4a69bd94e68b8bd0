"""Promotion by hand: admins roll back to a version, or promote one that the gate rejected."""

from django.db import transaction
from django.db.models import Q

from recognizer import registry
from recognizer.accounts import roles
from recognizer.answers import serving
from recognizer.inference.classifier import ArtifactCorrupt
from recognizer.ink import rasterize
from recognizer.models import ModelVersion, User
from training.models import Promotion, TrainingRun


class NotPromoted(Exception):
    """Why this version cannot be made champion, as a sentence for staff."""


def may_promote(person: User) -> bool:
    """Who may choose the champion, on the pages and in the admin."""
    return person.has_perm(roles.PROMOTE)


def needs_reason(version: ModelVersion) -> bool:
    """Whether promoting it overrides the gate, or precedes its decision. Not for versions that
    shipped with the site or were champion before: that is a rollback."""
    if version.origin == ModelVersion.Origin.SHIPPED:
        return False
    answered = Promotion.objects.filter(Q(version=version) | Q(previous=version))
    return not answered.exists()


def promote_by_hand(version: ModelVersion, by: User, reason: str = "") -> Promotion:
    """Makes this version champion and records who did so and why. Raises NotPromoted."""
    reason = reason.strip()
    if not reason and needs_reason(version):
        raise NotPromoted(f"{_gate_verdict(version)} Say why it should answer all the same.")
    _check_that_it_answers(version)
    try:
        with transaction.atomic():
            return _promote(version, by, reason)
    except registry.ChampionChanged as error:
        raise NotPromoted(f"{error} Look again.") from error


def _promote(version: ModelVersion, by: User, reason: str) -> Promotion:
    champion = ModelVersion.objects.champion()
    if champion == version:
        raise NotPromoted(f"Version {version.pk} is in use already.")
    previous = registry.promote(version, instead_of=champion)
    return Promotion.objects.create(version=version, previous=previous, by=by, reason=reason)


def _gate_verdict(version: ModelVersion) -> str:
    run = TrainingRun.objects.filter(challenger=version).first()
    if run is not None and run.state == TrainingRun.State.REJECTED:
        return f"The gate refused version {version.pk}."
    return f"The gate has not let version {version.pk} through."


def _check_that_it_answers(version: ModelVersion) -> None:
    """Raises NotPromoted where the file is damaged or the ink version is no longer known."""
    if version.ink_version not in rasterize.VERSIONS:
        raise NotPromoted(f"Ink version {version.ink_version} is not known here.")
    try:
        serving.load(version)
    except ArtifactCorrupt as error:
        raise NotPromoted(f"Version {version.pk} cannot answer. {error}") from error
