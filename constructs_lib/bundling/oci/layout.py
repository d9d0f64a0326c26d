"""The image as registries and engines take it: an OCI image layout that is a ``docker load`` archive too.

Sources: https://github.com/opencontainers/image-spec/blob/main/image-layout.md and config.md, manifest.md; for docker's
manifest.json https://github.com/moby/docker-image-spec/blob/main/spec.md
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from constructs_lib.bundling import cache
from constructs_lib.bundling.oci.layers import Layer
from constructs_lib.bundling.recipe import Architecture

REPOSITORY = "thaw-image"
_CREATED = "1980-01-01T00:00:00Z"
# Go's names of processors, which the formats use.
_PROCESSORS = {Architecture.X86_64: "amd64", Architecture.ARM64: "arm64"}
_TYPE = "application/vnd.oci.image."


def tag_of(fingerprint: str) -> str:
    """The name under which an engine knows the image once it has loaded it."""
    return f"{REPOSITORY}:{fingerprint}"


def write(
    folder: Path,
    layers: Sequence[tuple[Layer, Path]],
    config: Mapping[str, Any],
    *,
    architecture: Architecture,
    tag: str,
) -> None:
    """Writes a layout into an empty folder; the layers' archives are linked, not copied, where the file system can.

    Args:
        folder: of the layout.
        layers: with the archive of each, from the lowest to the topmost.
        config: of a container's start: Entrypoint, Cmd, Env, WorkingDir, Labels.
        architecture: of what lies in the image.
        tag: the name that an engine gives the image when it loads the layout.
    """
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for layer, archive in layers:
        cache.link_file(archive, blobs / layer.digest.removeprefix("sha256:"))
    image = {
        "created": _CREATED,
        "architecture": _PROCESSORS[architecture],
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [layer.uncompressed_digest for layer, _ in layers]},
        "history": [{"created": _CREATED, "created_by": layer.name} for layer, _ in layers],
    }
    config_blob = _put(blobs, image)
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_TYPE}manifest.v1+json",
        "config": {"mediaType": f"{_TYPE}config.v1+json", **config_blob},
        "layers": [
            {"mediaType": f"{_TYPE}layer.v1.tar+gzip", "digest": layer.digest, "size": layer.bytes}
            for layer, _ in layers
        ],
    }
    index = {
        "schemaVersion": 2,
        "mediaType": f"{_TYPE}index.v1+json",
        "manifests": [
            {
                "mediaType": manifest["mediaType"],
                **_put(blobs, manifest),
                "platform": {"architecture": image["architecture"], "os": "linux"},
                "annotations": {
                    "io.containerd.image.name": f"docker.io/library/{tag}",
                    "org.opencontainers.image.ref.name": tag.partition(":")[2],
                },
            }
        ],
    }
    archive_of_docker = {
        "Config": _path(config_blob["digest"]),
        "RepoTags": [tag],
        "Layers": [_path(layer.digest) for layer, _ in layers],
    }
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "manifest.json").write_text(json.dumps([archive_of_docker]))


def _put(blobs: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    data = json.dumps(document, sort_keys=True).encode()
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
