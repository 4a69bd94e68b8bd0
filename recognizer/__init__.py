"""Answers people: reads drawings, stores them, and shows their owners what was read."""

import os

# ONNX Runtime's packages send their use to Microsoft, and write an identifier of the machine into
# the home folder, unless this is set before it is first imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
