"""The guard before every deployment to environment local."""

import re
import string
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from thaw_cli.errors import NotLoopbackError
from thaw_cli.local.aws import LocalAws
from thaw_cli.local.loopback import require_loopback

PORTS = st.integers(min_value=1, max_value=65535)
OCTETS = st.integers(min_value=0, max_value=255)


def accepted(endpoint: str) -> bool:
    try:
        require_loopback(endpoint)
    except NotLoopbackError:
        return False
    return True


@given(host=st.sampled_from(["127.0.0.1", "localhost", "[::1]", "127.1.2.3"]), port=PORTS)
def test_every_port_of_this_machine_is_accepted(host: str, port: int) -> None:
    assert accepted(f"http://{host}:{port}")


@given(octets=st.tuples(OCTETS, OCTETS, OCTETS, OCTETS), port=PORTS)
def test_an_ipv4_address_is_accepted_exactly_if_it_lies_in_127_0_0_0_8(
    octets: tuple[int, int, int, int], port: int
) -> None:
    assert accepted(f"http://{'.'.join(map(str, octets))}:{port}") == (octets[0] == 127)


@given(st.text(alphabet=string.ascii_letters + string.digits + "127.0:/@\\[]#?%-_ \t\n", max_size=40))
@example("127.0.0.1")
@example("localhost")
def test_whatever_is_accepted_has_loopback_as_its_host_and_nothing_before_it(rest: str) -> None:
    endpoint = f"http://{rest}"
    if accepted(endpoint):
        parts = urlsplit(endpoint)
        assert parts.username is None
        assert parts.hostname in {"localhost", "::1"} or str(parts.hostname).startswith("127.")


@given(
    host=st.sampled_from(["127.0.0.255", "localhost", "[::1]"]),
    tail=st.text(min_size=1, max_size=20).filter(lambda tail: not re.fullmatch(r"(:[0-9]+)?/?", tail)),
)
def test_nothing_may_follow_the_host_but_a_port(host: str, tail: str) -> None:
    assert not accepted(f"http://{host}{tail}")


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "127.0.0.1:4566",
        "ftp://127.0.0.1:4566",
        "http://127.0.0.1.evil.com:4566",
        "http://localhost.evil.com",
        "http://evil.com#127.0.0.1",
        "http://evil.com?127.0.0.1",
        "http://evil.com/127.0.0.1",
        "http://127.0.0.1@evil.com",
        "http://127.0.0.1:80@evil.com",
        "http://user:secret@127.0.0.1:4566",
        "http://evil.com\\@127.0.0.1",
        "http://127.0.0.1\\@evil.com",
        "http://127.0.0.1:4566\n.evil.com",
        "http://127.0.0.1:4566\n",
        "http://2130706433:4566",
        "http://0x7f000001:4566",
        "http://0177.0.0.1:4566",
        "http://127.1:4566",
        "http://0.0.0.0:4566",
        "http://[::]:4566",
        "http://[::2]:4566",
        "http://[::1%25eth0]:4566",
        "http://[::ffff:10.0.0.1]:4566",
        "http://169.254.169.254",
        "http://\uff11\uff12\uff17.0.0.1:4566",
        "https://sts.eu-north-1.amazonaws.com",
    ],
)
def test_another_machine_is_refused_however_it_is_written(endpoint: str) -> None:
    with pytest.raises(NotLoopbackError) as caught:
        LocalAws(endpoint)

    assert caught.value.received == repr(endpoint)
