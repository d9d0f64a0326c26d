"""What is believable in a result document, and how much of it is taken in."""

OBJECT_BYTES = 20_000_000
# Twenty megabytes of empty lists would need half a gigabyte once decoded; these bounds keep it under 256 MB.
MOST_CONTAINERS = 100_000
MOST_VALUES = 1_000_000
MOST_RESULTS = 10_000
MOST_SAMPLES = 100_000

PACKAGES = ("zip", "image")
ARCHITECTURES = ("x86_64", "arm64")
# Lambda's own range of memory sizes.
MEMORY_MB = (128, 10_240)
# Lambda sometimes reports a little more used than there is; a process of a local bench may use any amount.
MEMORY_USED_MB = (0.001, 65_536)
# From one nanosecond, the resolution of the finest clock in use, to Lambda's longest timeout.
SAMPLE_MS = (0.000001, 900_000)

CONDITION_NUMBER = 1e15
# Ten summaries, each with its conditions, share one PublishBatch request of at most 256 KiB.
CONDITIONS_BYTES = 8_192
