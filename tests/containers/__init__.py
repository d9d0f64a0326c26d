"""Builds in containers of a real engine; ``make test-containers``."""
