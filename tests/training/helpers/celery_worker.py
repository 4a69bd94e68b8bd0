"""A worker whose runs do work of tests/training/helpers/lives.py.

The environment's WORK names the work, MOST_SECONDS says how long a run may take.
"""

import os
import sys
from types import SimpleNamespace

from django.conf import settings

from digitsite.processes import worker
from tests.training.helpers import lives

# Less than a site may be set to. Celery reads it when it imports the task.
settings.RUN_MOST_SECONDS = int(os.environ["MOST_SECONDS"])
# In place of the module that trains, which would import torch.
work = lives.WORKS[os.environ["WORK"]]
sys.modules["training.runs.steps.pipeline"] = SimpleNamespace(work=work)  # type: ignore[assignment]

worker.main()
