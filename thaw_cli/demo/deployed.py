"""The artifact of a deployed function, as the cloud gives it back."""

import io
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from thaw_cli.local.aws import LocalAws
from thaw_cli.local.loopback import require_loopback


@dataclass(frozen=True)
class Deployed:
    """A deployed function's code and what of its configuration a measurement needs."""

    root: Path
    handler: str
    memory_mb: int


def download(aws: LocalAws, function: str, folder: Path) -> Deployed:
    """Downloads and unpacks the code of a function of the local cloud, file modes included."""
    description = aws.client("lambda").get_function(FunctionName=function)
    location = description["Code"]["Location"]
    require_loopback("/".join(location.split("/")[:3]))
    with urllib.request.urlopen(location) as answer:  # noqa: S310 - loopback, by the line above
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    for entry in archive.infolist():
        Path(archive.extract(entry, folder)).chmod(entry.external_attr >> 16)
    configuration = description["Configuration"]
    return Deployed(folder, configuration["Handler"], configuration["MemorySize"])
