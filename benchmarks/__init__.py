"""Benchmarks of the site, run by `make bench`, and their last results."""

import recognizer  # noqa: F401 - before any module imports ONNX Runtime: it turns telemetry off
