"""The moment at which Lambda takes a snapshot of the whole microVM (SnapStart), and what has to be done around it.

Imported where Lambda is about to take one. AWS's own runtime runs the same hooks in the same order and ends with the same
statuses; it leaves random numbers to the user, of which every copy of the microVM would draw the same.
Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html
"""

import sys

from thaw_runtime.failure import Failure
from thaw_runtime.hooks import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from thaw_runtime.api import RuntimeApi
    from thaw_runtime.hooks import Hook
    from thaw_runtime.renewal import Renewal

BEFORE_FAILED, AFTER_FAILED = 64, 65


def wait(api: "RuntimeApi", renewal: "Callable[[], Renewal]") -> None:
    """Runs what was registered to run before the snapshot, waits through it, and runs what was registered to run after.

    Whatever a hook raises, ``SystemExit`` included, ends the process, as it does under AWS's runtime: Lambda must not go on
    with half of a restore.

    Args:
        api: waits, and takes the report of a failure.
        renewal: looks for what copies of this process must not share.
    """
    before, after = _hooks()
    try:
        for hook in reversed(before):
            call(hook)
        shared = renewal()
        api.wait_for_restore()
    except BaseException as error:  # noqa: BLE001 - see above
        api.fail_init(_logged(error), "Runtime.BeforeSnapshotError")
        sys.exit(BEFORE_FAILED)
    try:
        shared.renew()
        for hook in after:
            call(hook)
    except BaseException as error:  # noqa: BLE001 - see above
        api.fail_restore(_logged(error), "Runtime.AfterRestoreError")
        sys.exit(AFTER_FAILED)


def _hooks() -> "tuple[list[Hook], list[Hook]]":
    # AWS's module or the one beside the runtime; without either nobody registered anything.
    module = sys.modules.get("snapshot_restore_py")
    if module is None:
        return [], []
    return list(module.get_before_snapshot()), list(module.get_after_restore())


def _logged(error: BaseException) -> Failure:
    failure = Failure.of(error, request_id="")
    failure.log()
    return failure
