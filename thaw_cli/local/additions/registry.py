"""A registry that says which images it has, and that an engine can push to.

MiniStack answers DescribeImages for an image that was never pushed with an empty list, where ECR has an error, by which the CDK CLI
knows that it has to build and to push.
"""

import json
import logging
from pathlib import Path
from typing import Any

from thaw_cli.local.additions import Server
from thaw_cli.local.additions.images import ImageCache
from thaw_cli.local.additions.settings import Settings

Answer = tuple[int, dict[str, str], bytes]

_log = logging.getLogger("thaw.registry")


def install(server: Server, settings: Settings) -> None:
    """Lets repositories and logins name this server, and images be there only if they are."""
    registry: Any = server["registry"]
    cache = None if settings.engine_only else ImageCache(Path(settings.images))
    describe, token = registry._describe_images, registry._get_authorization_token  # noqa: SLF001 - nothing of it is public

    def describe_images(request: dict[str, Any]) -> Answer:
        answer: Answer = describe(request)
        if answer[0] != 200:  # noqa: PLR2004
            return answer
        name, details = request["repositoryName"], json.loads(answer[2])
        for image in request.get("imageIds") or ():
            if registry._find_image(name, image) is None:  # noqa: SLF001
                tag = image.get("imageTag", "")
                if cache is None or (digest := cache.digest(tag)) is None:
                    return _not_found(registry, name, image)
                _log.info("image %s lies in the build cache, nothing is pushed", tag)
                details["imageDetails"].append(_detail(name, tag, digest))
        return answer[0], answer[1], json.dumps(details).encode()

    def get_authorization_token(request: dict[str, Any]) -> Answer:
        status, headers, body = token(request)
        document = json.loads(body)
        for each in document["authorizationData"]:
            each["proxyEndpoint"] = f"http://{settings.registry}"
        return status, headers, json.dumps(document).encode()

    registry._describe_images = describe_images  # noqa: SLF001
    registry._get_authorization_token = get_authorization_token  # noqa: SLF001
    registry._repo_uri = lambda name: f"{settings.registry}/{name}"  # noqa: SLF001


def _not_found(registry: Any, name: str, image: dict[str, str]) -> Answer:
    identity = ", ".join(f"{key}:'{value}'" for key, value in image.items())
    message = f"The image with imageId {{{identity}}} does not exist within the repository with name '{name}'"
    answer: Answer = registry.error_response_json("ImageNotFoundException", message, 400)
    return answer


def _detail(name: str, tag: str, digest: str) -> dict[str, Any]:
    return {"repositoryName": name, "imageTags": [tag], "imageDigest": digest}
