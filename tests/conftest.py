"""One profile for every law: the same examples in every run, no deadline, nothing written to disk."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    derandomize=True,  # a red test is red for everyone, and again tomorrow
    database=None,  # a read-only checkout is no obstacle
    deadline=None,  # a slow machine is not a counterexample
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
