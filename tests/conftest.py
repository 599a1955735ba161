"""What all tests share."""

import os

from hypothesis import HealthCheck, settings

# A loaded machine is no failure; in CI the same examples run every time.
settings.register_profile(
    "scorekeeper", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("scorekeeper")
