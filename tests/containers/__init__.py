"""Images and builds with a real engine; ``make test-docker``."""
