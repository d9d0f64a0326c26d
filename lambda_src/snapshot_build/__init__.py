"""Runs once, at build time, inside the task root: initialises what an image holds and leaves its memory.

Part of no artifact: the build mounts it beside the task root and it forgets itself before the memory is left. It imports
next to nothing, because what it imports would stay in the image.
"""
