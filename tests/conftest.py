"""What holds for every test."""

from hypothesis import HealthCheck, settings

# A busy machine makes tests slow and not wrong.
settings.register_profile("thaw", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thaw")
