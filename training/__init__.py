"""Learns from people's labels. Its pages are for staff."""

import recognizer  # noqa: F401 - before any module imports ONNX Runtime: it turns telemetry off
