"""The recognizer's tables; import them from here."""

from recognizer.models.audit import AuditEvent
from recognizer.models.drawings import Drawing, DrawingQuerySet, Upload
from recognizer.models.labels import Label
from recognizer.models.people import ApiToken, Scope, User, signed_in
from recognizer.models.predictions import Prediction
from recognizer.models.versions import Artifact, ModelVersion

__all__ = [
    "ApiToken",
    "Artifact",
    "AuditEvent",
    "Drawing",
    "DrawingQuerySet",
    "Label",
    "ModelVersion",
    "Prediction",
    "Scope",
    "Upload",
    "User",
    "signed_in",
]
