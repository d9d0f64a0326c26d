"""Large dependencies, imported at module level and used a little."""

import boto3
import numpy as np
from pydantic import BaseModel


class Measurement(BaseModel):
    """Something to validate."""

    key1: str
    samples: list[float] = [1.0, 2.0, 3.0]


s3 = boto3.client("s3")


def handle(event: object, context: object) -> dict[str, object]:
    """Validates the event and computes with numpy what makes numpy import nothing more; calls nothing."""
    measurement = Measurement.model_validate(event)
    return {"mean": float(np.array(measurement.samples).mean()), "region": s3.meta.region_name}
