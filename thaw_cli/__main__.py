"""``python -m thaw_cli`` is ``thaw``."""

from thaw_cli.main import main

if __name__ == "__main__":
    main(prog_name="thaw")
