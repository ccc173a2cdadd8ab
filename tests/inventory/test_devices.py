"""The rules of an estate, each with its exact sentence. Ansible itself is in test_listing."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from inventory.model import (
    Cli,
    ConsoleQuestion,
    DatabaseWatch,
    Kind,
    LogWatch,
    Nut,
    Snmp,
    SnmpValue,
    Trait,
    Watch,
)
from tests.inventory.homes import SWITCH, surveyed, write

FRAME = """\
all:
  children:
    site_primary:
      hosts:
        dev-1:
          ansible_host: 127.0.0.1
          lineguard:
{own}
        dev-2: {{ansible_host: 127.0.0.1}}
    {kind}:
      hosts: {{dev-1: , dev-2: }}
"""

FIRST_LINE = 8
"""Where `own` begins in FRAME."""


def estate_of(folder: Path, own: str, kind: str = "switch") -> Path:
    return write(folder, hosts=FRAME.format(own=indent(own, " " * 12), kind=kind))


def sentences(folder: Path, own: str, lang: str = "en") -> list[str]:
    _, problems = surveyed(estate_of(folder, own))
    return [one.sentence().text("zh" if lang == "zh" else "en") for one in problems]


def test_a_whole_estate_is_read_into_the_frozen_types(tmp_path: Path) -> None:
    own = """\
title: 核心交换机一
snmp: {version: 3, user: inspect, auth: sha256, secret: dev-1-snmp, timeout_s: 3}
cli: {driver: huawei_vrp, port: 1022, user: inspect, secret: dev-1-cli}
nut: {ups: room, user: inspect, secret: dev-1-nut}
oids: {room_temperature: {oid: 1.3.6.1.4.1.1.1.0, scale: 0.1, confirmed: true}}
depends_on: [dev-2]
limits: {cpu_average: 50}
console:
  cpu: {command: show cpu, pattern: '(\\d+)%', unit: "%", confirmed: true}
watch:
  ports: [GigabitEthernet1/0/1]
  logs: [/var/log/messages, {path: /var/log/app.log, patterns: ["*ERROR*"]}]
  ha_role: standby
  database: {stanza: hotline, log: /var/log/pg.log, standbys: [hotline2], archiving: false}
"""
    estate, problems = surveyed(estate_of(tmp_path, own))
    assert problems == ()
    device = estate.device("dev-1")
    assert (device.kind, device.site, device.address) == (
        Kind.SWITCH,
        "site_primary",
        "127.0.0.1",
    )
    assert device.title == "核心交换机一"
    assert device.access.snmp == Snmp(
        version="3", user="inspect", auth="sha256", secret="dev-1-snmp", timeout_s=3.0
    )
    assert device.access.cli == Cli(
        driver="huawei_vrp", port=1022, user="inspect", secret="dev-1-cli"
    )
    assert device.access.nut == Nut(ups="room", user="inspect", secret="dev-1-nut")
    assert device.oids == (
        ("room_temperature", SnmpValue(oid="1.3.6.1.4.1.1.1.0", scale=0.1, confirmed=True)),
    )
    assert device.depends_on == ("dev-2",)
    assert device.limits == (("cpu_average", 50.0),)
    assert device.console == (
        ("cpu", ConsoleQuestion(command="show cpu", pattern="(\\d+)%", unit="%", confirmed=True)),
    )
    assert device.watch == Watch(
        ports=("GigabitEthernet1/0/1",),
        logs=(
            LogWatch(path="/var/log/messages"),
            LogWatch(path="/var/log/app.log", patterns=("*ERROR*",)),
        ),
        ha_role="standby",
        database=DatabaseWatch(
            stanza="hotline", log="/var/log/pg.log", standbys=("hotline2",), archiving=False
        ),
    )


NEAREST = "the key “{}” is not known; the nearest is “{}”"

WRONG = [
    ("snpm: {secret: x}", 8, f"lineguard: {NEAREST.format('snpm', 'snmp')}"),
    ("snmp: {secret: x, prot: 1}", 8, f"lineguard.snmp: {NEAREST.format('prot', 'port')}"),
    (
        "snmp:\n  secret: x\n  port: 99999",
        10,
        "lineguard.snmp.port must be a whole number from 1 to 65535, not 99999",
    ),
    (
        "snmp: {secret: x, port: true}",
        8,
        "lineguard.snmp.port must be a whole number from 1 to 65535, not true",
    ),
    (
        "snmp: {secret: x, version: 1}",
        8,
        "lineguard.snmp.version must be one of 2c, 3, not 1",
    ),
    (
        "snmp: {secret: x, version: 3}",
        8,
        "lineguard.snmp: SNMP version 3 needs “user”",
    ),
    ("snmp: {port: 161}", 8, "lineguard.snmp: the key “secret” is missing"),
    (
        "snmp: {secret: 'p@ss word'}",
        8,
        "lineguard.snmp.secret must be the name of a secret (letters, digits, . _ -),"
        " never the secret itself",
    ),
    (
        "snmp: {secret: x, timeout_s: 0}",
        8,
        "lineguard.snmp.timeout_s must be a number from 0.05 to 120, not 0",
    ),
    ("snmp: 161", 8, "lineguard.snmp must be a mapping of keys to values, not 161"),
    ("icmp:", 8, "lineguard.icmp must be a mapping of keys to values, not null"),
    ("http: {tls: 'yes'}", 8, "lineguard.http.tls must be true or false, not yes"),
    (
        "cli: {driver: cisco_ios, user: u, secret: x}",
        8,
        "lineguard.cli.driver must be one of huawei_u1900, huawei_vrp, huawei_vrpv8, not cisco_ios",
    ),
    (
        "limits: {cpu_avrage: 50}",
        8,
        f"lineguard.limits: {NEAREST.format('cpu_avrage', 'cpu_average')}",
    ),
    (
        "limits: {zzz: 50}",
        8,
        "lineguard.limits: the key “zzz” is not known; known here: cpu_average, cpu_maximum",
    ),
    ("limits: {cpu_average: '50'}", 8, "lineguard.limits.cpu_average must be a number, not 50"),
    ("limits: {cpu_average: .inf}", 8, "lineguard.limits.cpu_average must be a number, not inf"),
    ("limits: {cpu_average: .nan}", 8, "lineguard.limits.cpu_average must be a number, not nan"),
    ("title: 5", 8, "lineguard.title must be a text in quotes, not 5"),
    (
        'title: "a\\eb"',
        8,
        "lineguard.title must be one line of at most 1000 printable characters",
    ),
    (
        "title: '{{ name }}'",
        8,
        "lineguard.title holds a template, which is not worked out here",
    ),
    ("depends_on: dev-2", 8, "lineguard.depends_on must be a list, not dev-2"),
    (
        "depends_on:\n  - dev-2\n  - dev-3",
        10,
        "depends on “dev-3”, which does not exist; the nearest is “dev-2”",
    ),
    ("depends_on: [dev-1]", 8, "depends on itself: dev-1 → dev-1"),
    (
        "watch: {database: {stanzas: hotline}}",
        8,
        f"lineguard.watch.database: {NEAREST.format('stanzas', 'stanza')}",
    ),
    (
        "watch: {database: {archiving: maybe}}",
        8,
        "lineguard.watch.database.archiving must be true or false, not maybe",
    ),
    (
        "watch: {database: {standbys: hotline2}}",
        8,
        "lineguard.watch.database.standbys must be a list, not hotline2",
    ),
    ("watch: {port: []}", 8, f"lineguard.watch: {NEAREST.format('port', 'ports')}"),
    ("watch: {ports: [1]}", 8, "lineguard.watch.ports[0] must be a text in quotes, not 1"),
    (
        "watch: {ha_role: master}",
        8,
        "lineguard.watch.ha_role must be one of active, standby, not master",
    ),
    (
        "watch:\n  logs:\n    - {patterns: [x]}",
        10,
        "lineguard.watch.logs[0]: the key “path” is missing",
    ),
    (
        "console: {cpu: {command: show cpu, pattern: '('}}",
        8,
        "lineguard.console.cpu.pattern is no regular expression: it breaks at character 1",
    ),
    (
        "console: {cpus: {command: a, pattern: b}}",
        8,
        f"lineguard.console: {NEAREST.format('cpus', 'cpu')}",
    ),
]


@pytest.mark.parametrize(("own", "line", "sentence"), WRONG)
def test_what_is_wrong_is_said_with_file_line_and_device(
    tmp_path: Path, own: str, line: int, sentence: str
) -> None:
    assert sentences(tmp_path, own) == [f"estate/hosts.yml:{line}: dev-1: {sentence}"]


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ("snpm: {secret: x}", "lineguard：不认识键“snpm”，最接近的是“snmp”"),
        (
            "snmp: {secret: x, port: 0}",
            "lineguard.snmp.port 应为整数（1到65535），实际为 0",
        ),
        ("snmp: {port: 161}", "lineguard.snmp：缺少“secret”"),
        ("depends_on: [dev-1]", "循环依赖：dev-1 → dev-1"),
        ("depends_on: [dev-3]", "依赖的设备“dev-3”不存在，最接近的是“dev-2”"),
    ],
)
def test_the_same_is_said_in_chinese(tmp_path: Path, own: str, sentence: str) -> None:
    assert sentences(tmp_path, own, "zh") == [f"estate/hosts.yml:8：dev-1：{sentence}"]


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("port", ["1", "65535"], ["0", "65536", "-1", "1.5"]),
        ("retries", ["0", "10"], ["-1", "11"]),
        ("timeout_s", ["0.05", "120"], ["0.04", "120.1"]),
        ("version", ["2c", '"3"\n  user: u'], ["1", "4", "2"]),
    ],
)
def test_a_value_is_accepted_up_to_its_range_and_no_further(
    tmp_path: Path, key: str, good: list[str], bad: list[str]
) -> None:
    for value in good:
        assert sentences(tmp_path, f"snmp:\n  secret: x\n  {key}: {value}") == []
    for value in bad:
        assert len(sentences(tmp_path, f"snmp:\n  secret: x\n  {key}: {value}")) == 1


def test_all_problems_are_named_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    found = sentences(tmp_path, "snpm: {}\ntitle: 5\nlimits: {x: 1}\ndepends_on: [none]")
    assert [one.split(":")[1] for one in found] == ["8", "9", "10", "11"]


def test_the_value_of_a_misplaced_key_is_never_quoted(tmp_path: Path) -> None:
    for own in ("snmp: {password: hunter2!}", "snmp: {secret: 'hunter2!'}", "pasword: hunter2!"):
        assert sentences(tmp_path, own)
        assert not any("hunter2" in one for one in sentences(tmp_path, own))


def test_a_longer_circle_is_named_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        hosts="""\
        switch:
          hosts:
            a: {lineguard: {depends_on: [b]}}
            b: {lineguard: {depends_on: [c]}}
            c: {lineguard: {depends_on: [b, a]}}
        site_dr: {hosts: {a: , b: , c: }}
        """,
    )
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/hosts.yml:3: a: depends on itself: a → b → c → a",
        "estate/hosts.yml:4: b: depends on itself: b → c → b",
    ]


def test_a_device_needs_one_kind_and_one_site(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        hosts="""\
        site_primary: {hosts: {a: , b: , c: }}
        site_dr: {hosts: {a: }}
        switch: {hosts: {a: , b: , d: }}
        router: {hosts: {b: }}
        """,
    )
    _, problems = surveyed(folder)
    said = [one.sentence().text("en") for one in problems]
    assert said[0] == (
        "estate/hosts.yml:1: a: may be in one of these groups only: site_dr, site_primary"
    )
    assert said[1] == "estate/hosts.yml:1: b: may be in one of these groups only: router, switch"
    assert said[2].startswith("estate/hosts.yml:1: c: must be in one of these groups: app_server,")
    assert said[3] == (
        "estate/hosts.yml:3: d: must be in one of these groups: site_dr, site_primary, site_witness"
    )
    assert len(said) == 4


def test_an_unknown_group_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH + "    windwos:\n      hosts: {sw-1: }\n    zzzz: {}\n")
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/hosts.yml:11: the group “windwos” is not known; the nearest is “windows”",
        "estate/hosts.yml:13: the group “zzzz” is not known",
    ]
    assert problems[0].sentence().text("zh") == (
        "estate/hosts.yml:11：组“windwos”不存在，最接近的是“windows”"
    )


def test_traits_are_further_groups(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH + "    clustered:\n      hosts: {sw-1: }\n")
    estate, problems = surveyed(folder)
    assert problems == ()
    assert estate.device("sw-1").traits == {Trait.CLUSTERED}


def test_an_access_needs_an_address_and_a_trunk_does_not(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH.replace("ansible_host: 127.0.0.1", "x: 1"))
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/hosts.yml:5: sw-1: has an access but no “ansible_host”"
    ]
    folder = write(tmp_path, hosts="site_dr: {hosts: {t-1: }}\ntrunk: {hosts: {t-1: }}\n")
    estate, problems = surveyed(folder)
    assert problems == ()
    assert estate.device("t-1").address == ""


@pytest.mark.parametrize("address", ["10", "'a b'", "'a;b'", "[1]", "'{{ x }}'"])
def test_an_address_is_a_name_or_an_address(tmp_path: Path, address: str) -> None:
    folder = write(tmp_path, hosts=SWITCH.replace("127.0.0.1", address))
    _, problems = surveyed(folder)
    assert len(problems) == 1
    assert "ansible_host must be a host name or an address" in problems[0].what.text("en")


@pytest.mark.parametrize("name", ["linegaurd", "lineguard_default", "lineguard2"])
def test_a_misspelt_variable_of_ours_is_found_and_other_tools_are_let_be(
    tmp_path: Path, name: str
) -> None:
    folder = write(tmp_path, hosts=SWITCH.replace("lineguard:", f"{name}:"))
    _, problems = surveyed(folder)
    assert [one.line for one in problems] == [7]
    assert f"host variables: the key “{name}” is not known" in problems[0].what.text("en")
    folder = write(
        tmp_path, hosts=SWITCH.replace("lineguard:", "language: zh\n          lineguard:")
    )
    assert surveyed(folder)[1] == ()


def test_defaults_of_groups_lie_under_the_hosts_own(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        hosts=SWITCH
        + """\
      vars:
        lineguard_defaults:
          snmp: {version: 3, user: inspect, secret: everywhere}
          limits: {cpu_average: 50}
          icmp: {}
""",
    )
    estate, problems = surveyed(folder)
    assert problems == ()
    device = estate.device("sw-1")
    assert device.access.snmp == Snmp(port=1161, version="3", user="inspect", secret="sw-1-snmp")
    assert device.access.icmp is not None
    assert device.limits == (("cpu_average", 50.0),)


def test_a_null_takes_a_default_away(tmp_path: Path) -> None:
    text = SWITCH + "      vars: {lineguard_defaults: {icmp: {}}}\n"
    assert surveyed(write(tmp_path, hosts=text))[0].device("sw-1").access.icmp is not None
    text = text.replace("snmp: {port", "icmp:\n            snmp: {port")
    assert surveyed(write(tmp_path, hosts=text))[0].device("sw-1").access.icmp is None


def test_a_fault_in_a_default_is_shown_where_the_default_stands(tmp_path: Path) -> None:
    text = SWITCH + "      vars:\n        lineguard_defaults:\n          limits: {cpu: 50}\n"
    _, problems = surveyed(write(tmp_path, hosts=text))
    assert [(one.line, one.device) for one in problems] == [(13, "sw-1")]


def test_a_fault_that_several_devices_inherit_is_one_problem(tmp_path: Path) -> None:
    folder = estate_of(tmp_path, "icmp: {}")
    write(
        tmp_path,
        hosts=(folder / "hosts.yml").read_text()
        + "      vars: {lineguard_defaults: {limits: {x: 1}}}",
    )
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/hosts.yml:12: dev-1: lineguard.limits: the key “x” is not known;"
        " known here: cpu_average, cpu_maximum (the same on 1 more)"
    ]


def test_a_misspelt_kind_is_one_problem_and_not_one_for_each_device(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=FRAME.format(own="            icmp: {}", kind="swich"))
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/hosts.yml:10: the group “swich” is not known; the nearest is “switch”"
    ]


def test_a_site_has_title_and_seats_from_its_group(tmp_path: Path) -> None:
    text = SWITCH.replace(
        "    site_primary:\n",
        "    site_primary:\n      vars: {lineguard_site: {title: 主中心, seats: 50}}\n",
    )
    estate, problems = surveyed(write(tmp_path, hosts=text))
    assert problems == ()
    assert [(one.name, one.title, one.seats) for one in estate.sites] == [
        ("site_primary", "主中心", 50)
    ]
    _, problems = surveyed(write(tmp_path, hosts=text.replace("seats: 50", "seats: lots")))
    assert [one.sentence().text("en") for one in problems] == [
        "estate/hosts.yml:4: lineguard_site.seats must be a whole number from 0 to 10000, not lots"
    ]
    _, problems = surveyed(write(tmp_path, hosts=text.replace("seats: 50", "name: x")))
    assert "lineguard_site: the key “name” is not known" in problems[0].what.text("en")


def test_a_lineguard_that_stands_twice_is_named_with_both_places(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH, host_vars__sw_1="lineguard: {}")
    (folder / "host_vars/sw_1.yml").rename(folder / "host_vars/sw-1.yml")
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/host_vars/sw-1.yml:1: sw-1: “lineguard” stands in two places, Ansible takes one;"
        " the other is estate/hosts.yml:7"
    ]


def test_defaults_of_two_groups_of_a_device_are_named_with_both_places(tmp_path: Path) -> None:
    text = SWITCH + "      vars: {lineguard_defaults: {icmp: {}}}\n"
    folder = write(tmp_path, hosts=text, group_vars__all="lineguard_defaults: {limits: {}}")
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/hosts.yml:11: sw-1: “lineguard_defaults” stands in two places, Ansible takes one;"
        " the other is estate/group_vars/all.yml:1"
    ]
    write(tmp_path, group_vars__all="x: 1")
    assert surveyed(folder)[1] == ()


def test_a_lineguard_of_a_group_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH, group_vars__switch="x: 1\nlineguard: {icmp: {}}")
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/group_vars/switch.yml:2:"
        " “lineguard” belongs to one host; for a group write “lineguard_defaults”"
    ]
    assert problems[0].sentence().text("zh") == (
        "estate/group_vars/switch.yml:2："
        "“lineguard”只能写在主机上；写在组上请用“lineguard_defaults”"
    )


def test_variable_files_of_nobody_are_found(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH, host_vars__sw1="x: 1", group_vars__swich="x: 1")
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/group_vars/swich.yml: belongs to no group; the nearest is “switch”",
        "estate/host_vars/sw1.yml: belongs to no device; the nearest is “sw-1”",
    ]


def test_a_key_that_ansible_would_skip_in_a_group_is_found(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH + "    router:\n      host: {r-1: }\n")
    _, problems = surveyed(folder)
    assert [one.sentence().text("en") for one in problems] == [
        "estate/hosts.yml:12: router: the key “host” is not known; the nearest is “hosts”"
    ]


def test_an_estate_without_devices_is_a_problem(tmp_path: Path) -> None:
    _, problems = surveyed(write(tmp_path, hosts="all: {}"))
    assert [one.sentence().text("en") for one in problems] == ["the estate holds no device"]
