"""What the local cloud adds to MiniStack, in MiniStack's own process: each module has ``install(server, settings)``.

An addition wraps functions of MiniStack's modules, by their names in the version that the lock pins; it copies none. ``server`` has
three of those modules: ``runtime`` (what runs functions), ``functions`` (Lambda) and ``registry`` (ECR).

Only the standard library and MiniStack can be imported here, and nothing of the project but these modules.
"""

from typing import Any

Server = dict[str, Any]
