"""The operator's command ``thaw``."""

import click


@click.group()
def main() -> None:
    """Lambda functions that start fast."""
