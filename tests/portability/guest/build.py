"""Makes a snapshot inside the guest, with the project's own code, and then tries it out as ``init`` does.

``/function`` holds what the host could make: a portable artifact, and beside this file the native part, compiled for the
guest. What only a system of that architecture can do is done here: run the initialisation, leave the memory, verify.
"""

import json
import shutil
import sys
from pathlib import Path

import init

HERE = Path(__file__).parent
FUNCTION = Path("/function")


def build() -> None:
    """Puts a snapshot in place of ``/function/bootstrap``; raises what a build raises."""
    sys.path.append(str(HERE / "packages"))
    from constructs_lib.bundling import Architecture, Recipe, native, snapshot  # noqa: PLC0415 - needs the path
    from constructs_lib.bundling.interpreter import Interpreter  # noqa: PLC0415

    def take_compiled(output: Path, *, architecture: Architecture) -> None:
        shutil.copy(HERE / f"{architecture}.so", output)

    native.compile_snapshot_library = take_compiled
    described = json.loads((HERE / "interpreter.json").read_text())
    found = Interpreter(
        executable=FUNCTION / "thaw" / "bin" / f"python{described['version']}",
        version=described["version"],
        standard_library=FUNCTION / "thaw" / "lib" / f"python{described['version']}",
        architecture=Architecture(described["architecture"]),
        loader=described["loader"],
        sysroot=Path("/"),
    )
    recipe = Recipe(
        source=FUNCTION,
        handler="handler.handle",
        architecture=found.architecture,
        initialize_at_build_time=True,
    )
    made = snapshot.make(recipe, found, FUNCTION, below="guest")
    init.say({"made": {name: made[name] for name in ("image_bytes", "memory_bytes", "segments")}})


def main() -> None:
    """Ends the guest, whatever happens."""
    init.main(prepare=build if "--build" in sys.argv else None, task_root=FUNCTION)


if __name__ == "__main__":
    main()
