"""OpenSSL is told where Lambda's systems keep certificate authorities."""

from pathlib import Path

import pytest
from thaw_runtime import authorities


@pytest.fixture(autouse=True)
def amazon_linux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A system that has the file."""
    bundle = tmp_path / "ca-bundle.crt"
    bundle.write_text("")
    monkeypatch.setattr(authorities, "AMAZON_LINUX", str(bundle))
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return bundle


def named() -> str | None:
    authorities.name_authorities()
    return authorities.os.environ.get("SSL_CERT_FILE")


def test_the_systems_authorities_are_named(amazon_linux: Path) -> None:
    assert named() == str(amazon_linux)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_what_the_function_is_configured_with_stays(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "/var/task/own")
    assert named() == ("/var/task/own" if name == "SSL_CERT_FILE" else None)


def test_nothing_is_named_that_is_not_there(amazon_linux: Path) -> None:
    amazon_linux.unlink()
    assert named() is None
