"""What holds for every test."""

import signal

from hypothesis import HealthCheck, settings

# A busy machine makes tests slow and not wrong.
settings.register_profile("thaw", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thaw")

# A shell starts what it puts in the background with Ctrl-C ignored, and processes hand that on; the tests that interrupt
# a process would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
