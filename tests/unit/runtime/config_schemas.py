"""What tests of ``load`` ask for, and what the layers say."""

from dataclasses import dataclass

from thaw_runtime.config import Secret


@dataclass(frozen=True)
class Database:
    host: str
    port: int
    password: Secret[str]


@dataclass(frozen=True)
class Settings:
    database: Database
    retries: int = 3


@dataclass(frozen=True)
class Level:
    level: str


BASE = {"database": {"host": "packaged", "port": 5432}, "retries": 1}
REMOTE = {
    "THAW_CONFIG_OVERRIDE": "s3://bucket/prod/config.json",
    "THAW_CONFIG_PARAMETERS": '{"database.port": "/prod/port"}',
    "THAW_CONFIG_SECRETS": '{"database.password": "prod/database#password"}',
}
