"""No secret of a configuration is left in its lines, and a changed one is still seen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.configurations import redaction
from collectors.configurations.known import PassingVeil
from collectors.configurations.redaction import redacted
from inventory.model import Kind, Watch
from lab.embedded.vrp_configuration import healthy_configuration, secrets_in
from tests.inventory.builders import device
from tests.tiers import count

VEIL = PassingVeil(b"a key of this test, 32 bytes long")

SECRET_LINES = {
    " local-user admin password irreversible-cipher $1a$Kd,8&x(!": "$1a$Kd,8&x(!",
    " local-user admin password cipher %^%#Ab c\\d\"e%^%#": "Ab c\\d",
    " local-user x password simple Admin@123": "Admin@123",
    " local-user x password simple cipher": "simple cipher",
    "snmp-agent community read cipher %^%#Kd8 *&%^%# mib-view iso acl 2000": "Kd8",
    "snmp-agent community read public acl 2000": "public",
    "snmp-agent community write private": "private",
    "snmp-agent community read read": "read read",
    "snmp-agent usm-user v3 nms authentication-mode md5 0xA1B2 privacy-mode des56 1": "0xA1B2",
    "snmp-agent usm-user v3 nms g authentication-mode md5 a privacy-mode aes128 0xC3D4": "0xC3D4",
    "snmp-agent target-host trap address udp-domain 10.1.1.1 params securityname abc v2c": "abc",
    " ospf authentication-mode simple plain huawei": "huawei",
    " ospf authentication-mode md5 1 cipher XyZ": "XyZ",
    " authentication-mode hmac-sha256 7 plain tell-nobody": "tell-nobody",
    " peer 10.1.1.1 password cipher Bgp_1": "Bgp_1",
    " isis authentication-mode md5 plain iskey": "iskey",
    " pre-shared-key Abc123": "Abc123",
    " pre-shared-key simple Abc123": "Abc123",
    " radius-server shared-key cipher %@%@q w%@%@": "q w",
    " hwtacacs-server shared-key Tac123": "Tac123",
    " vrrp vrid 1 authentication-mode md5 hello": "hello",
    " ppp chap password simple isp-word": "isp-word",
    " set authentication password cipher 12345": "12345",
    " super password level 3 cipher abc": "abc",
    "ntp-service authentication-keyid 1 authentication-mode md5 ntpkey": "ntpkey",
    " key-string plain chain": "chain",
    " hrp authentication-key Fw0rd": "Fw0rd",
    " description ftp://backup:p4ss@10.1.1.9/x": "p4ss",
    " description the admin password is Hello1": "Hello1",
    " md5-password plain ldp1": "ldp1",
    "config user admin password cipher abcd": "abcd",
    " wlan security wpa2 psk pass-phrase wifi123 aes": "wifi123",
    " unheard-of thing %+%##!!!!!!\"!!#%+%#": "#!!!!!!\"",
    " unheard-of 0123456789abcdef0123456789abcdef": "0123456789abcdef",
    " unheard-of aB3dE6gH9jK2mN5pQ8sT1vW4": "aB3dE6gH9jK2",
    " pre-shared-key local": "key local",
    " radius-server shared-key radius": "key radius",
    " local-user x password admin": "password admin",
    " local-user x password all": "password all",
    "snmp-agent target-host trap address 10.1.1.1 params securityname read v2c": "e read",
    " vrrp vrid 1 authentication-mode md5 local": "md5 local",
    " unheard-of MIIEvQIBADANBgkqhkiG9w0BAQEFAASC/x": "MIIEvQIBADANBgkq",
    " unfinished cipher %^%#cut off in the mid": "cut off in the mid",
}  # fmt: skip

PLAIN_LINES = [
    " local-user admin privilege level 15",
    " local-user admin service-type terminal ssh",
    "snmp-agent community complexity-check disable",
    " authentication-mode aaa",
    " authentication-mode hwtacacs local",
    "ssh server cipher aes256_ctr aes128_ctr",
    " apply community 100:1",
    " peer 10.1.1.1 advertise-community",
    "interface XGigabitEthernet0/0/1.4094",
    "ip route-static 10.60.0.0 16 10.1.1.254 description to-the-city",
    " ip address 10.1.1.1 255.255.255.0",
    "local-aaa-user password policy administrator",
    " authentication-mode password",
    " member interface XGigabitEthernet10/0/1",
    " trust ssl server-policy XGigabitEthernetAndMoreOfIt",
    " rule 5 permit tcp source 10.1.0.0 0.0.255.255 destination-port eq 5060",
]


def hidden(line: str, of: str = "rt-1") -> str:
    return redacted([line], of, VEIL)[0]


@pytest.mark.parametrize(("line", "secret"), SECRET_LINES.items())
def test_no_secret_is_left_in_a_line(line: str, secret: str) -> None:
    assert secret in line
    assert secret not in hidden(line)
    assert "<secret:" in hidden(line)


@pytest.mark.parametrize("line", PLAIN_LINES)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert hidden(line) == line


def test_a_changed_secret_changes_its_tag_and_an_equal_one_does_not() -> None:
    old = hidden(" local-user a password cipher first")
    assert old == hidden(" local-user a password cipher first")
    assert old != hidden(" local-user a password cipher second")


def test_two_devices_with_the_same_secret_do_not_show_it() -> None:
    line = " pre-shared-key same"
    assert hidden(line, "rt-1") != hidden(line, "rt-2")


def test_a_tag_cannot_be_made_without_the_key() -> None:
    line = " pre-shared-key 123"
    assert redacted([line], "rt-1", PassingVeil(b"another key")) != redacted([line], "rt-1", VEIL)


def test_a_secret_that_the_console_broke_at_its_width_is_hidden_to_its_end() -> None:
    head = " local-user admin password irreversible-cipher "
    first = head + "x" * (80 - len(head))
    lines = redacted([first, "restofit", "next line"], "rt-1", VEIL)
    assert "restofit" not in "".join(lines)
    assert lines[2] == "next line"


@pytest.mark.parametrize("kind", [Kind.ROUTER, Kind.SWITCH, Kind.FIREWALL])
def test_no_secret_of_a_practice_device_is_left(kind: Kind) -> None:
    one = device("rt-1", kind, watch=Watch(ports=("GigabitEthernet0/0/1",)))
    lines = healthy_configuration(one).current()
    held = [word for word in secrets_in("rt-1").values() if any(word in line for line in lines)]
    assert len(held) >= 5
    text = "\n".join(redacted(lines, "rt-1", VEIL))
    assert [word for word in held if word in text] == []


@settings(max_examples=count(200, 5_000), deadline=None)
@given(
    st.sampled_from(["password", "shared-key", "community read", "key-string", "pre-shared-key"]),
    st.sampled_from(["", "cipher ", "simple ", "plain ", "irreversible-cipher "]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=60),
)
def test_whatever_the_secret_is_it_is_gone(announced: str, marker: str, secret: str) -> None:
    told = hidden(f"snmp-agent x {announced} {marker}q{secret}9")
    assert f"q{secret}9" not in told


WORDS = st.sampled_from(
    [*sorted(redaction.VOCABULARY), *redaction.ANNOUNCING, *sorted(redaction.ALONE), "x", "7",
     "%^%#a b%^%#", "$1a$x", "ftp://u:p@h", "0" * 32, "aB1" * 9, "'quoted", "PassWord", '"KEY"']
)  # fmt: skip


@settings(max_examples=count(300, 5_000), deadline=None)
@given(st.lists(WORDS, max_size=8))
def test_a_line_that_is_passed_over_quickly_holds_nothing_to_hide(words: list[str]) -> None:
    line = " ".join(words)
    thorough = redacted(["x" * 80, f"{line} {'y' * 5_000}"], "rt-1", VEIL)[1]
    if redaction._SUSPECT.search(line) is None:
        assert thorough.startswith(line)


@settings(max_examples=count(200, 5_000), deadline=None)
@given(st.lists(st.text(max_size=300), max_size=20))
def test_no_text_is_too_odd(lines: list[str]) -> None:
    assert len(redacted(lines, "rt-1", VEIL)) == len(lines)
