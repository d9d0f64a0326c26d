"""The examples of the constructs' pages: deployed by the real CDK CLI, each invoked through its trigger."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from docs.tools.assembly import ROOT
from docs.tools.examples import STACKS, pages, read, unpack
from tests.e2e.deployed_example import DeployedExample
from tests.e2e.example_drives import DRIVES
from thaw_cli import cdk
from thaw_cli.local.cloud import Cloud

PAGES = [page.stem for page in pages()]
AT_A_TIME = 8


@pytest.fixture(scope="module")
def deployed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, DeployedExample]:
    """Every example, by its page."""
    project = tmp_path_factory.mktemp("examples")
    unpack(map(read, pages()), project)
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    command = [sys.executable, "-m", "docs.tools.application", *PAGES]
    flags = {name: value for name, value in context.items() if name != "environments"}
    (project / "cdk.json").write_text(json.dumps({"app": " ".join(command), "context": flags}))
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    output = project / "cdk.out"
    outputs = cdk.deploy_local(
        cloud.aws, project=project, output=output, report=lambda _line: None, concurrency=AT_A_TIME
    )
    stacks = json.loads((output / STACKS).read_text())
    return {
        page: DeployedExample(cloud.aws, stack, outputs.get(stack, {}))
        for page, (stack, *_) in stacks.items()
    }


@pytest.fixture(scope="module")
def driven(deployed: dict[str, DeployedExample]) -> Iterator[dict[str, Future[None]]]:
    """All of them set going side by side; each test awaits its own."""
    with ThreadPoolExecutor(len(DRIVES)) as pool:
        yield {page: pool.submit(DRIVES[page], deployed[page]) for page in PAGES if page in DRIVES}


@pytest.mark.parametrize("page", PAGES)
def test_an_example_does_what_its_page_says(driven: dict[str, Future[None]], page: str) -> None:
    driven[page].result()
