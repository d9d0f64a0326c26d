"""What can be wrong with a configuration."""


class ConfigError(Exception):
    """The configuration cannot be used.

    The message is one line, which logs keep together; it names layer, file, line and key of each problem, and never a
    secret's value.
    """
