"""Makes a function's artifact: plain Python, imports no CDK, usable from the command line."""

from constructs_lib.bundling.artifact import Artifact
from constructs_lib.bundling.assembly import build, fingerprint
from constructs_lib.bundling.checks import check_environment
from constructs_lib.bundling.errors import BundlingError, ThawError
from constructs_lib.bundling.output import check_place, place
from constructs_lib.bundling.recipe import AnyRecipe, Architecture, LayerRecipe, OnLayerRecipe, Recipe, Start

__all__ = [
    "AnyRecipe",
    "Architecture",
    "Artifact",
    "BundlingError",
    "LayerRecipe",
    "OnLayerRecipe",
    "Recipe",
    "Start",
    "ThawError",
    "build",
    "check_environment",
    "check_place",
    "fingerprint",
    "place",
]
