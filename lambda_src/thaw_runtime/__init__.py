"""The custom runtime: takes invocations from Lambda's Runtime API and gives them to a Python handler.

Standard library only, and little of it: what is imported before the first invocation is on every cold start's bill, so
modules like ``json``, ``socket``, ``logging``, ``dataclasses`` and ``typing`` are left to handlers that want them.
"""

__version__ = "0.1.0"
