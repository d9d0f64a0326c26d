"""SQLite's generator of random numbers, which draws a seed once per process."""

import sys


def forget_seed() -> None:
    """Has every process that takes the memory up draw a seed of its own, where SQLite is loaded.

    Without it ``SELECT random()`` and the names of temporary files would repeat. Called with no bytes wanted, SQLite's
    function resets the generator. Source: https://www.sqlite.org/c3ref/randomness.html
    """
    library = getattr(sys.modules.get("_sqlite3"), "__file__", None)
    if library is not None:
        import ctypes

        # Looked up in the module's file and in the libraries that it needs.
        ctypes.CDLL(library).sqlite3_randomness(0, None)
