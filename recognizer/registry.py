"""The registry of model versions: registering, promoting, and loading the shipped one."""

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from recognizer import backfill
from recognizer.models import Artifact, Drawing, ModelVersion
from recognizer.signals import upgraded

SHIPPED: Path = settings.SHIPPED_MODEL
Origin, Alias = ModelVersion.Origin, ModelVersion.Alias


class ShippedFilesDamaged(Exception):
    """The files that ship with the repository are not those that their manifest names."""


class ChampionChanged(Exception):
    """The champion is not the version that was to be replaced."""


@transaction.atomic
def register(
    *,
    onnx: bytes,
    safetensors: bytes,
    manifest: dict[str, Any],
    origin: str,
    parent: ModelVersion | None = None,
) -> ModelVersion:
    """Adds a version; one whose ONNX file is registered already is returned as it is.

    The first version becomes champion. A newer shipped version replaces a shipped champion; any
    other enters as the challenger and replaces nothing by itself. Raises ArtifactCorrupt for a
    file that cannot be run, UnknownInkVersion for a version of the ink that is not to be had.
    """
    # Imported here: an idle training worker needs neither ONNX Runtime nor OpenCV.
    from recognizer.inference.classifier import Classifier
    from recognizer.ink import rasterize

    digest = hashlib.sha256(onnx).hexdigest()
    Classifier(onnx, sha256=digest)
    if manifest["ink_version"] not in rasterize.VERSIONS:
        raise rasterize.UnknownInkVersion(
            f"Ink version {manifest['ink_version']} is not known here."
        )
    files = {"onnx": Artifact.keep(onnx), "weights": Artifact.keep(safetensors)}
    known = ModelVersion.objects.filter(onnx=digest).first()
    if known:
        return known
    version = ModelVersion.objects.create(
        **files,
        origin=origin,
        architecture=manifest["architecture"],
        ink_version=manifest["ink_version"],
        manifest=manifest,
        parent=parent,
    )
    _enter(version)
    return version


def _enter(version: ModelVersion) -> None:
    """Makes a new version champion or challenger."""
    champion = ModelVersion.objects.champion()
    if champion is None:
        promote(version)
    elif champion.origin == version.origin == Origin.SHIPPED:
        promote(version)
        upgraded.send(sender=ModelVersion, version=version, previous=champion)
    else:
        challenge(version)


def promote(
    version: ModelVersion, *, instead_of: ModelVersion | None = None
) -> ModelVersion | None:
    """Makes this version the champion; returns the previous one.

    In the background, unlabelled drawings are answered again (answers/stored/refresh.py), and
    exemplars are created for labelled ones (answers/exemplars.py). Raises ChampionChanged if the
    champion is not `instead_of`, or if two promotions coincide.
    """
    try:
        with transaction.atomic():
            return _promote(version, instead_of)
    except IntegrityError as error:
        raise ChampionChanged("Another version was promoted just now.") from error


def _promote(version: ModelVersion, instead_of: ModelVersion | None) -> ModelVersion | None:
    previous = ModelVersion.objects.champion()
    if instead_of is not None and previous != instead_of:
        raise ChampionChanged(f"The champion is {previous or 'none'}, not {instead_of}.")
    champion = ModelVersion.objects.filter(alias=Alias.CHAMPION)
    rests = {one.field: None for one in backfill.ALL}
    if previous and not champion.filter(pk=previous.pk).update(alias=None, **rests):
        raise ChampionChanged("Another version was promoted just now.")
    last = Drawing.objects.aggregate(last=Max("pk"))["last"]
    below = None if last is None else last + 1
    begins = {one.field: below for one in backfill.ALL}
    ModelVersion.objects.filter(pk=version.pk).update(alias=Alias.CHAMPION, **begins)
    version.refresh_from_db()
    for one in backfill.ALL:
        transaction.on_commit(partial(one.send, version.pk, below))
    return previous


@transaction.atomic
def challenge(version: ModelVersion) -> None:
    """Makes this version the challenger, instead of an earlier one."""
    ModelVersion.objects.filter(alias=Alias.CHALLENGER).update(alias=None)
    ModelVersion.objects.filter(pk=version.pk).update(alias=Alias.CHALLENGER)
    version.refresh_from_db()


def register_shipped(folder: Path = SHIPPED) -> ModelVersion:
    """Registers the version that ships with the repository. Raises ShippedFilesDamaged."""
    shipped = read_shipped(folder)
    return register(**vars(shipped), origin=Origin.SHIPPED)


@dataclass(frozen=True)
class Shipped:
    """The files of a version, and its manifest."""

    onnx: bytes
    safetensors: bytes
    manifest: dict[str, Any]


def read_shipped(folder: Path = SHIPPED) -> Shipped:
    """The files that ship with the repository, read without a database. Raises
    ShippedFilesDamaged."""
    manifest = json.loads(_read(folder / "model.json"))
    return Shipped(
        onnx=_checked(folder / "model.onnx", manifest["onnx_sha256"]),
        safetensors=_checked(folder / "model.safetensors", manifest["safetensors_sha256"]),
        manifest=manifest,
    )


def _checked(path: Path, sha256: str) -> bytes:
    content = _read(path)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ShippedFilesDamaged(f"{path.name} does not have the SHA-256 its manifest names.")
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ShippedFilesDamaged(f"{path} cannot be read: {error.strerror}.") from error
