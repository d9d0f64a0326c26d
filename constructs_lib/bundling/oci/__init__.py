"""Container images from handlers, assembled without an engine.

An image is the artifact and the little that a file system FROM scratch needs beside it. It is made as a layout of the Open
Container Initiative on disk, which every engine loads, and as the tree of its files, which runs without one.
"""

from constructs_lib.bundling.oci.assembly import Image, build_image, fingerprint
from constructs_lib.bundling.oci.layers import Layer
from constructs_lib.bundling.oci.layout import tag_of
from constructs_lib.bundling.oci.recipe import ENTRYPOINT, ImageRecipe
from constructs_lib.bundling.oci.system import emulator, entrypoint

__all__ = [
    "ENTRYPOINT",
    "Image",
    "ImageRecipe",
    "Layer",
    "build_image",
    "emulator",
    "entrypoint",
    "fingerprint",
    "tag_of",
]
