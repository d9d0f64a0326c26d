"""The rows of the catalogue of behaviours, and why some have no case.

P: start and environment, H: traffic with the Runtime API, R: resolution of the handler, E: errors, J: JSON, C: context, L: logs,
X: other ways to be run, G: what no Python runtime had.
"""

from collections.abc import Mapping

_NUMBERS = {"P": 10, "H": 15, "R": 12, "E": 11, "J": 15, "C": 8, "L": 11, "X": 10, "G": 12}

ROWS = tuple(f"{letter}{number}" for letter, count in _NUMBERS.items() for number in range(1, count + 1))

WITHOUT_CASE: Mapping[str, str] = {
    "P4": "each variable that is read has cases of its own: P3, P6, P8, C1, L3, L4, L9, X1, X3",
    "P10": "what a start costs is measured, not compared: make bench-runtime",
    "E5": "each type of error has cases of its own: R2 to R6, J2, J12, E6, X2",
    "J14": "nothing of awslambdaric is imported here, so nobody overrides a class of its client",
    "J15": "what is said to be missing are J12 and G1",
    "X6": "an experiment in one image of AWS's, not in the client that is compared",
    "X7": "nothing in either runtime: a decorator of a library, which needs boto3",
    "X8": "what is said to be missing is G1",
    "X10": "compared with a real agent, in test_runtime_agents.py",
    "G3": "the case is X3",
    "G5": "the cases are H13, E9 and E10",
    "G6": "the case is H6",
    "G7": "the case is P9",
    "G8": "the cases are X1 and X2",
}
