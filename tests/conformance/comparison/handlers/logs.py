"""What handlers log."""

import asyncio
import logging
import logging.config
import warnings

logger = logging.getLogger("mine")


def levels():
    for name in ("debug", "info", "warning", "error", "critical"):
        getattr(logger, name)("at %s", name)


def root():
    logging.warning("of the root")
    logging.getLogger().error("ü %d", 5)


def lines():
    logger.warning("first\nsecond\r\nthird")


def dictionary():
    logger.warning({"a": 1, "b": [1, "ü"], "c": object})


def dictionary_with_arguments():
    logger.warning("%(a)s", {"a": 1})


def other_values():
    logger.warning(5)
    logger.warning(None)
    logger.warning(["a"])


def extra():
    logger.warning("more", extra={"user": "u", "number": 5, "nothing": None, "level": "mine", "odd": object})


def exception():
    try:
        raise ValueError("caught")
    except ValueError:
        logger.exception("went wrong")
    logger.warning("after")


def chained():
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error
    except ValueError:
        logger.exception("chain")


def exc_info_without():
    logger.error("none", exc_info=True)


def stack():
    logger.warning("with a stack", stack_info=True)


def custom_level():
    logging.addLevelName(25, "NOTICE")
    logger.log(35, "thirty-five")
    logger.log(45, "forty-five")
    logger.log(60, "sixty")


def custom_level_seen_by_others():
    seen = []

    class Other(logging.Handler):
        def emit(self, record):
            seen.append([record.levelno, record.levelname])

    other = Other()
    logging.getLogger().addHandler(other)
    try:
        logger.log(35, "seen")
    finally:
        logging.getLogger().removeHandler(other)
    return seen


def wrong_arguments():
    logging.raiseExceptions = False
    logger.warning("%d", "x")
    logging.raiseExceptions = True


def in_task():
    async def main():
        logger.warning("in a task")

    asyncio.run(main())


def fails():
    logger.warning("before")
    raise ValueError("uncaught")


def state():
    handlers = logging.getLogger().handlers
    return [
        len(handlers),
        hasattr(handlers[0], "log_sink"),
        len(handlers[0].filters),
        logging.getLogger().level,
        logging.Formatter.converter.__name__,
    ]


def record_attributes():
    seen = []

    class Other(logging.Filter):
        def filter(self, record):
            seen.append([getattr(record, "aws_request_id", "none"), getattr(record, "tenant_id", "none")])
            return True

    handler = logging.getLogger().handlers[0]
    other = Other()
    handler.addFilter(other)
    try:
        logger.warning("filtered")
    finally:
        handler.removeFilter(other)
    return seen


def own_formatter():
    handler = logging.getLogger().handlers[0]
    kept = handler.formatter
    handler.setFormatter(logging.Formatter("%(levelname)s %(aws_request_id)s %(message)s"))
    logger.warning("own format")
    handler.setFormatter(kept)


def own_level():
    logging.getLogger().setLevel(logging.INFO)
    logger.info("now shown")
    logging.getLogger().setLevel(logging.WARNING)


def basic():
    logging.basicConfig(level=logging.INFO)
    logger.info("not shown")


def warned():
    logging.captureWarnings(capture=True)
    warnings.warn("a warning", UserWarning, stacklevel=1)
    logging.captureWarnings(capture=False)


def secret_free():
    logger.warning("%s", {"password": "shown as it is"})


def configured():
    """Replaces the configuration; nothing is called after it."""
    logging.config.dictConfig(
        {
            "version": 1,
            "formatters": {"short": {"format": "%(levelname)s:%(message)s"}},
            "handlers": {
                "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "short"}
            },
            "root": {"handlers": ["out"], "level": "INFO"},
        }
    )
    logger.info("by dictConfig")


def handle(event, context):
    if event == "context":
        context.log("from the context")
        return None
    return globals()[event]()
