"""Leaves out of botocore what its generator of documentation reads and a function does not.

Three quarters of botocore are sentences: each service model describes its service, every operation and every parameter,
for the web pages and docstrings that ``botocore.docs`` makes. A client's behaviour depends on none of them, yet reads
them each time it is made. Each becomes a dash: botocore asks for some of these keys without a default, and makes
docstrings, which are lazy, only from descriptions that are not empty.

``help(client.get_object)`` still shows the parameters and their types.
"""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MODELS = "botocore/data/*/*/*.json.gz"
# Read in one place, botocore/docs/service.py and boto3/docs/service.py respectively, which do without.
EXAMPLES = ("botocore/data/*/*/examples-1.json", "boto3/examples/*.rst")

# A JSON string holds neither a bare quote nor a line end (RFC 8259, section 7), so a key that is followed by a string is
# found without parsing, and what surrounds a line end has no meaning. Parsing takes twice as long: 110 MB of text.
SENTENCES = re.compile(rb'(?<!\\)"documentation"\s*:\s*"[^"\\]*+(?:\\.[^"\\]*+)*+"')
NO_SENTENCES = b'"documentation":"-"'


def without_sentences(model: bytes) -> bytes:
    """The same JSON with a dash for each documentation, on one line."""
    return b"".join(map(bytes.strip, SENTENCES.sub(NO_SENTENCES, model).split(b"\n")))


def shrink(packages: Path) -> None:
    """Shrinks the botocore and boto3 below a folder of installed packages, where they are there."""
    for pattern in EXAMPLES:
        for file in packages.glob(pattern):
            file.unlink()
    with ThreadPoolExecutor() as threads:
        for _ in threads.map(_shrink, packages.glob(MODELS)):
            pass


def _shrink(file: Path) -> None:
    model = without_sentences(gzip.decompress(file.read_bytes()))
    # uv links what it installs to its cache: a new file takes the place of the old one, which stays as it is.
    file.unlink()
    # Level 6: 9 takes a second longer for 60 KB. mtime: a time would make each build another.
    file.write_bytes(gzip.compress(model, 6, mtime=0))
