"""The commands of ``thaw``, one module each; a module's ``command`` is what ``main`` looks for."""
