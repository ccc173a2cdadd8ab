"""What Linux and Pacemaker print: whole and sane it becomes facts, otherwise it is refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collectors.parsers.linux import Unreadable, parse_file_systems, parse_load
from collectors.parsers.log_lines import LINE_LIMIT, search
from collectors.parsers.pacemaker import parse_cluster
from collectors.parsers.plain import plain
from lab.embedded.linux_data import (
    ClusterData,
    ClusterResourceData,
    Disk,
    HostData,
    cluster_answer,
    file_systems_answer,
    healthy_disks,
    load_answer,
)
from phrases import say, verbatim
from tests.tiers import count

LOAD = load_answer(HostData()).encode()
DISKS = file_systems_answer(
    HostData(disks=[*healthy_disks(), Disk("/dev/x", "/a b", 99.0)])
).encode()
CLUSTER = cluster_answer(
    ClusterData(
        nodes={"usm-1": "online", "usm-2": "offline"},
        resources=[ClusterResourceData("vip", "usm-1", failed=True)],
    )
).encode()
RUNS = settings(max_examples=count(ci=200, soak=20_000), deadline=None)


# --- cut short, at every byte ---


@pytest.mark.parametrize(
    ("parse", "answer"), [(parse_load, LOAD), (parse_file_systems, DISKS), (parse_cluster, CLUSTER)]
)
def test_an_answer_cut_at_any_byte_is_refused(parse, answer: bytes) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    assert parse(answer)  # the control: whole, it is read
    for end in range(len(answer) - 1):
        with pytest.raises(Unreadable):
            parse(answer[:end])


@pytest.mark.parametrize(("parse", "answer"), [(parse_load, LOAD), (parse_file_systems, DISKS)])
def test_an_answer_with_something_after_its_end_is_refused(parse, answer: bytes) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    with pytest.raises(Unreadable):
        parse(answer + b"x")


@RUNS
@example(start=380, length=1)  # the size of the full one reads as nothing
@given(start=st.integers(0, len(DISKS) - 1), length=st.integers(1, 400))
def test_a_hole_in_the_disks_never_makes_a_full_one_look_empty(start: int, length: int) -> None:
    """What is left either still shows the full file system as full, or is refused."""
    try:
        left = parse_file_systems(DISKS[:start] + DISKS[start + length :])
    except Unreadable:
        return
    assert any(one.used_percent >= 98 for one in left)


@RUNS
@given(answer=st.binary(max_size=2_000))
@pytest.mark.parametrize("parse", [parse_load, parse_file_systems, parse_cluster])
def test_noise_is_refused(parse, answer: bytes) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    with pytest.raises(Unreadable):
        parse(answer)


@RUNS
@given(
    at=st.integers(0, len(LOAD) - 1),
    byte=st.integers(0, 255),
    which=st.sampled_from(
        [(parse_load, LOAD), (parse_file_systems, DISKS), (parse_cluster, CLUSTER)]
    ),
)
def test_a_changed_byte_raises_nothing_else(at: int, byte: int, which) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    parse, answer = which
    changed = answer[:at] + bytes([byte]) + answer[at + 1 :]
    try:
        parse(changed)
    except Unreadable as refusal:
        assert refusal.why.text("en")


# --- load ---


def test_processor_times_that_stand_still_are_refused() -> None:
    lines = LOAD.split(b"\n")
    with pytest.raises(Unreadable):
        parse_load(b"\n".join([lines[0], lines[0], *lines[2:]]))


def test_a_kernel_without_memavailable_counts_buffers_and_cache_as_free() -> None:
    text = (
        b"cpu  0 0 0 0\ncpu  25 0 0 75\nMemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 100 kB\n"
        b"Cached: 300 kB\n0.10 0.20 0.30 1/100 999\n===end\n"
    )
    load = parse_load(text)
    assert (load.cpu_percent, load.memory_percent, load.swap_percent) == (25.0, 50.0, None)


# --- df ---


def disks(*rows: str, mounts: str = "/dev/a /data xfs rw 0 0") -> bytes:
    points = [row.split()[-1] for row in rows if row]
    text = [
        "Filesystem Type 1024-blocks Used Available Capacity Mounted on", *rows,
        "===inodes", "Filesystem Inodes IUsed IFree IUse% Mounted on",
        *(f"/dev/a - - - - {one}" for one in points), "===mounts", mounts, "===end", "",
    ]  # fmt: skip
    return "\n".join(text).encode()


def test_used_is_of_what_may_be_used_as_df_says_it() -> None:
    (one,) = parse_file_systems(disks("/dev/a ext4 1000 900 50 95% /data"))
    assert (one.used_percent, one.inode_percent, one.size) == (94.74, None, 1_024_000)


def test_a_root_that_eats_its_reserve_is_over_full() -> None:
    (one,) = parse_file_systems(disks("/dev/a ext4 1000 990 -10 102% /data"))
    assert one.used_percent == 102.0


@pytest.mark.parametrize(
    "row",
    [
        "/dev/a ext4 1000 900 50 5% /data",  # the percentage contradicts the figures
        "/dev/a ext4 1000 900 50 /data",
        "/dev/a ext4 1000 900 50 95%",
        "/dev/a ext4 1000 900 50 95% /other",  # no such mount
        "",
    ],
)
def test_a_row_that_contradicts_itself_or_the_others_is_refused(row: str) -> None:
    with pytest.raises(Unreadable):
        parse_file_systems(disks(row))


def test_a_host_with_only_pseudo_file_systems_is_not_a_reading() -> None:
    with pytest.raises(Unreadable):
        parse_file_systems(disks("tmpfs tmpfs 1000 0 1000 0% /run"))


# --- Pacemaker ---


def test_a_document_with_a_declaration_is_refused() -> None:
    bomb = CLUSTER.replace(
        b"<pacemaker-result", b'<!DOCTYPE a [<!ENTITY b "c">]><pacemaker-result', 1
    )
    with pytest.raises(Unreadable):
        parse_cluster(bomb)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_declaration_in_another_encoding_is_refused_too(encoding: str) -> None:
    text = CLUSTER.decode().replace('<?xml version="1.0"?>\n', "")
    bomb = f'<!DOCTYPE a [<!ENTITY b "c">]>{text}'.encode(encoding)
    with pytest.raises(Unreadable):
        parse_cluster(bomb)


@pytest.mark.parametrize(("code", "members"), [("0", 2), ("102", 0)])
def test_the_result_code_inside_the_document_counts(code: str, members: int) -> None:
    changed = CLUSTER.replace(b'status code="0"', f'status code="{code}"'.encode())
    assert len(parse_cluster(changed).members) == members


def test_an_unknown_result_code_is_refused() -> None:
    with pytest.raises(Unreadable):
        parse_cluster(CLUSTER.replace(b'status code="0"', b'status code="1"'))


@pytest.mark.parametrize(
    ("old", "new", "state"),
    [
        (b'pending="false"', b'pending="true"', "pending"),
        (b'unclean="false"', b'unclean="true"', "unclean"),
        (b'standby_onfail="false"', b'standby_onfail="true"', "standby"),
        (b'maintenance="false"', b'maintenance="true"', "maintenance"),
        (b'online="true"', b"", "offline"),
    ],
)
def test_a_member_is_as_bad_as_its_worst_flag(old: bytes, new: bytes, state: str) -> None:
    assert parse_cluster(CLUSTER.replace(old, new, 1)).members[0].state == state


def test_a_resource_that_was_ordered_to_stop_is_disabled_not_stopped() -> None:
    stopped = CLUSTER.replace(b'role="Started"', b'role="Stopped"')
    ordered = stopped.replace(b"<resource id", b'<resource target_role="Stopped" id')
    assert parse_cluster(stopped).resources[0].state == "Stopped"
    assert parse_cluster(ordered).resources[0].state == "Disabled"


# --- logs ---


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        ("error", b"an ERROR here", True),
        ("error", b"terror", True),
        ("*ERROR*", b"an error here", True),
        ("out of * memory", b"Out of heap memory!", True),
        ("out of * memory", b"memory out of", False),
        ("code 5??", b"Code 503", True),
        ("code 5??", b"code 50", False),
        ("数据库*失败", "写入数据库时失败".encode(), True),
        ("a*a", b"a", False),
        ("", b"anything", False),
        ("*", b"anything", True),
    ],
)
def test_a_pattern_matches_anywhere_in_any_case(pattern: str, line: bytes, found: bool) -> None:
    assert (search(line + b"\n", (pattern,)).match_count == 1) is found


@pytest.mark.parametrize("pattern", ["a*" * 50 + "b", "?" * 50 + "b", "*a?" * 40 + "b"])
def test_no_pattern_runs_away(pattern: str) -> None:
    began = time.perf_counter()
    search(b"a" * 500_000, (pattern,))
    assert time.perf_counter() - began < 1.0


def test_a_line_is_looked_at_up_to_its_bound_and_quoted_without_control_characters() -> None:
    beyond = b"x" * LINE_LIMIT + b"error"
    assert search(beyond, ("error",)).match_count == 0
    assert search(b"\x1b]0;error\x07 \xff", ("error",)).matches == ("\ufffd",)


@RUNS
@given(words=st.one_of(st.binary(), st.text()), limit=st.integers(1, 300))
def test_what_is_quoted_is_one_short_printable_line(words: bytes | str, limit: int) -> None:
    shown = plain(words, limit)
    assert len(shown) <= limit
    assert shown.replace("\u3000", " ").replace("\xa0", " ").isprintable() or not shown


@pytest.mark.parametrize(
    ("words", "english"),
    [
        (bytes(range(128, 256)), "(128 unreadable bytes)"),
        (b"kernel: error \xff\x01ab\xfe\x80 again", "kernel: error (6 unreadable bytes) again"),
        (b"caf\xe9 error", "caf\ufffd error"),  # one stray byte hides nothing
        (b"error \xff\xfe\n", "error \ufffd\ufffd"),
        ("磁盘错误：第3块".encode("gb18030"), "磁盘错误：第3块"),
        ("磁盘错误：第3块".encode()[:-1], "磁盘错误：第3\ufffd\ufffd"),
        (b"eth0\0\0\0\0", "eth0"),
    ],
)
def test_noise_is_counted_and_not_quoted(words: bytes, english: str) -> None:
    assert verbatim(plain(words)).text("en") == english


def test_the_count_of_noise_is_said_in_the_language_of_the_sentence() -> None:
    told = say("{device}: {count} abnormal log lines, the first: {line}",
               device="asr-1", count=1, line=plain(bytes(range(128, 256))))  # fmt: skip
    assert told.text("zh").endswith("（128个不可读字节）")
    assert "\ufffd" not in told.text("en") + told.text("zh")


def test_processor_times_of_two_lengths_are_not_understood() -> None:
    answer = load_answer(HostData()).encode()
    shorter = answer.replace(b" 0 4000 0 0 0\nMem", b" 0\nMem")
    assert shorter != answer
    with pytest.raises(Unreadable):
        parse_load(shorter)
