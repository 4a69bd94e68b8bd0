"""The Celery application of a worker whose runs do work of tests/training/helpers/lives.py.

The environment's WORK names the work, MOST_SECONDS says how long a run may take.
"""

import os
import sys
from types import SimpleNamespace

from django.conf import settings

from digitsite.celery import app
from tests.training.helpers import lives

__all__ = ["app"]

# Less than a site may be set to. Celery reads it when it imports the task.
settings.RUN_MOST_SECONDS = int(os.environ["MOST_SECONDS"])
# In place of the module that trains, which would import torch.
work = lives.WORKS[os.environ["WORK"]]
sys.modules["training.runs.steps.pipeline"] = SimpleNamespace(work=work)  # type: ignore[assignment]
