"""The allow-list of hosts."""

from __future__ import annotations

import pytest

from tapwright.errors import HostError
from tapwright.hosts import Hosts, origin

HOSTS = Hosts(["https://api.x.com/v1/?a=b", "http://127.0.0.1:8000", "*.perfectomobile.com", "files.x.com:8443"])


@pytest.mark.parametrize(
    "url",
    [
        "https://api.x.com/v2",
        "HTTPS://API.X.COM:443/",
        "https://api.x.com",
        "https://api.x.com?next=https://evil.com",
        "http://127.0.0.1:8000/a b",
        "https://demo.app.perfectomobile.com/x",
        "https://files.x.com:8443/",
    ],
)
def test_a_named_origin_is_allowed(url: str) -> None:
    HOSTS.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.com/",
        "https://x.com/",
        "https://api.x.com.evil.com/",
        "https://api.x.com./",
        "https://api.x.com:8443/",
        "https://files.x.com/",
        "http://127.0.0.1/",
        "https://127.0.0.1:8000/",
        "https://perfectomobile.com/",
        "https://evilperfectomobile.com/",
        "https://*.perfectomobile.com/",
        "http://demo.perfectomobile.com/",
        "https://demo.perfectomobile.com:444/",
        "//api.x.com/",
        "/v1",
        "",
        "file:///etc/passwd",
        "ftp://api.x.com/",
        "javascript:alert(1)",
        "https://user@api.x.com/",
        "https://user:hush@api.x.com/",
        "https://evil.com\\@api.x.com/",
        "https://api.x.com\\.evil.com/",
        "https://api.x.com .evil.com/",
        "https://api.x.com\n.evil.com/",
        "https://аpi.x.com/",
        "https://[::1/",
        "https://api.x.com:port/",
        "https://api.x.com:99999/",
        "https://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://0x7f000001:8000/",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(HostError) as caught:
        HOSTS.check(url)
    assert "hush" not in str(caught.value)


def test_what_is_no_address_is_told_with_the_way_out() -> None:
    said = "the address 'localhost:8000/v1' does not begin with https:// or http://\nWrite an address as https://"
    with pytest.raises(HostError) as caught:
        HOSTS.check("localhost:8000/v1?token=hush")
    assert str(caught.value).startswith(said)


def test_giving_up_https_is_named_so() -> None:
    with pytest.raises(HostError, match=r"http://api\.x\.com would give up https"):
        HOSTS.check("http://api.x.com/v2")


def test_a_redirect_may_not_give_up_https_even_to_a_named_origin() -> None:
    HOSTS.check("http://127.0.0.1:8000/")
    with pytest.raises(HostError, match="give up https"):
        HOSTS.check("http://127.0.0.1:8000/", came_from="https://api.x.com/")


@pytest.mark.parametrize("pattern", ["*.com", "*", "https://*", "ftp://x.com", "https://a@x.com"])
def test_a_pattern_that_is_too_wide_or_no_origin_is_refused(pattern: str) -> None:
    with pytest.raises(HostError):
        Hosts([pattern])


def test_an_origin_shows_its_port_only_when_unusual() -> None:
    assert str(origin("https://x.com:443/a?b")) == "https://x.com"
    assert str(origin("http://[::1]:80/")) == "http://[::1]"
    assert str(origin("http://x:81")) == "http://x:81"
