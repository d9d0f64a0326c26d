"""What a wrapper executes: the runtime, as the last argument of an interpreter's command line."""

from thaw_runtime.wrapper import go_on

go_on()
