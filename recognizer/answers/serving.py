"""The champion that this process has loaded.

It is compared with the database's champion at most every CHAMPION_CHECK_SECONDS, so that a
promotion reaches every process without a restart.
"""

import logging
import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import Error

from recognizer import registry
from recognizer.inference.classifier import ArtifactCorrupt, Classifier, Thresholds
from recognizer.ink import rasterize
from recognizer.models import Artifact, ModelVersion

log = logging.getLogger(__name__)


class NoModel(Exception):
    """No model version can answer: there is no champion, or its file is damaged."""


@dataclass(frozen=True)
class LoadedVersion:
    """A model version that this process has loaded. `model_version` is its id in the database,
    None for the shipped files where there is no database."""

    model_version: int | None
    ink_version: int
    classifier: Classifier


class ModelCache:
    """Caches one model version, and replaces it when the champion changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: LoadedVersion | None = None
        self._fresh_until = 0.0
        self._refused = ""

    def champion(self) -> LoadedVersion:
        """The loaded champion. Raises NoModel if nothing can answer."""
        if self._loaded is None or time.monotonic() >= self._fresh_until:
            with self._lock:
                self._refresh()
        if self._loaded is None:
            raise NoModel("No model can answer now. Staff: see /health/ready.")
        return self._loaded

    def expire(self) -> None:
        """Checks the database again at the next request."""
        self._fresh_until = 0.0

    def _refresh(self) -> None:
        if self._loaded is not None and time.monotonic() < self._fresh_until:
            return  # another thread has checked while this one waited
        version = ModelVersion.objects.champion()
        if version is None:
            self._loaded = None
        elif self._loaded is None or self._loaded.model_version != version.pk:
            self._load(version)
        self._fresh_until = time.monotonic() + settings.CHAMPION_CHECK_SECONDS

    def _load(self, version: ModelVersion) -> None:
        try:
            self._loaded = load(version)
        except ArtifactCorrupt as error:
            # The loaded version keeps answering; the damaged file is never used.
            if self._refused != version.onnx_id:
                log.error("Version %s does not answer. %s", version.pk, error)
            self._refused = version.onnx_id


def load(version: ModelVersion) -> LoadedVersion:
    """Loads a version from the database. Raises ArtifactCorrupt."""
    content = Artifact.objects.values_list("content", flat=True).get(pk=version.onnx_id)
    classifier = _classifier(bytes(content), sha256=version.onnx_id)
    return LoadedVersion(version.pk, version.ink_version, classifier)


def load_shipped_files() -> LoadedVersion:
    """Loads the model that ships with the repository, which needs no database.

    Raises ShippedFilesDamaged.
    """
    shipped = registry.read_shipped()
    classifier = _classifier(shipped.onnx, sha256=shipped.manifest["onnx_sha256"])
    return LoadedVersion(None, shipped.manifest["ink_version"], classifier)


def _classifier(onnx: bytes, *, sha256: str) -> Classifier:
    thresholds = Thresholds(confidence=settings.LEAST_CONFIDENCE, is_digit=settings.LEAST_IS_DIGIT)
    return Classifier(
        onnx, sha256=sha256, thresholds=thresholds, threads=settings.INFERENCE_THREADS
    )


model_cache = ModelCache()


def ink_version() -> int:
    """The champion's ink version; the default one if no model can answer."""
    try:
        return model_cache.champion().ink_version
    except NoModel:
        return rasterize.DEFAULT_VERSION


def has_loaded(version_id: int) -> bool:
    """Whether this process has loaded that version as champion. It may have not: its file may be
    damaged."""
    model_cache.expire()
    try:
        return model_cache.champion().model_version == version_id
    except NoModel:
        return False


def warm() -> None:
    """Loads the champion before the first request, if that is possible."""
    try:
        model_cache.champion()
    except (NoModel, Error) as error:
        log.warning("This process starts without a model: %s", error)
