"""The recognizer's tables; import them from here."""

from recognizer.models.audit import AuditEvent
from recognizer.models.drawings import Drawing, DrawingQuerySet, Upload
from recognizer.models.exemplars import Exemplar, ExemplarQuerySet
from recognizer.models.imports import GivenLabel, Import, ImportQuerySet, ImportRow
from recognizer.models.labels import Label
from recognizer.models.people import ApiToken, Scope, User, signed_in
from recognizer.models.predictions import PersonalReading, Prediction, Reading
from recognizer.models.shares import Share
from recognizer.models.versions import Artifact, ModelVersion

__all__ = [
    "ApiToken",
    "Artifact",
    "AuditEvent",
    "Drawing",
    "DrawingQuerySet",
    "Exemplar",
    "ExemplarQuerySet",
    "GivenLabel",
    "Import",
    "ImportQuerySet",
    "ImportRow",
    "Label",
    "ModelVersion",
    "PersonalReading",
    "Prediction",
    "Reading",
    "Scope",
    "Share",
    "Upload",
    "User",
    "signed_in",
]
