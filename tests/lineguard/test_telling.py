"""The logbook read aloud: every kind of entry has a name and a sentence in both languages."""

from __future__ import annotations

import pytest

from incidents import clockwork, intake_desk, overrides, paging, silences
from incidents.notifying import delivery
from incidents.tickets import sending
from lineguard.cli import upgrade
from lineguard.cli.telling import KINDS, kind_name, telling
from lineguard.fetching import TAKEN_ENTRY
from lineguard.trusted import TRUSTED_ENTRY
from maintenance import (
    baselines,
    entry_writing,
    handover,
    journal,
    look_record,
    matters,
    obligation_desk,
    password_journal,
    results,
    slots,
    versions,
    watch,
    watch_desk,
)
from runbooks import running

WRITTEN = {
    "site",
    "incident",
    journal.STARTED,
    journal.FINISHED,
    journal.INTERRUPTED,
    journal.NOT_OBSERVED,
    journal.MISSED,
    look_record.LOOK_ENTRY,
    results.RESULT_ENTRY,
    results.ATTEMPT_ENTRY,
    slots.PLAN_ENTRY,
    entry_writing.OBSERVATION_ENTRY,
    watch.STARTED,
    watch.STOPPED,
    watch_desk.GAP_ENTRY,
    intake_desk.GAP_ENTRY,
    password_journal.PASSWORD_ENTRY,
    TRUSTED_ENTRY,
    versions.VERSION_ENTRY,
    baselines.BASELINE_ENTRY,
    running.ENTRY,
    handover.ENTRY,
    matters.ENTRY,
    obligation_desk.ENTRY,
    TAKEN_ENTRY,
    clockwork.ENTRY,
    delivery.ENTRY,
    overrides.ENTRY,
    paging.ENTRY,
    sending.ENTRY,
    silences.ENTRY,
    upgrade.ENTRY,
}

SLOT_TIME = "2026-11-20T01:30:00.000000Z"


def test_every_kind_that_is_written_can_be_told() -> None:
    assert set(KINDS) == WRITTEN


@pytest.mark.parametrize(
    ("kind", "body", "english", "chinese"),
    [
        (
            "silence",
            {"change": "added", "device": "fw-1", "ends": "2026-11-21T03:00Z", "why": "割接"},
            "planned work on fw-1 until 11-21 11:00: 割接",
            "fw-1 计划作业至 11-21 11:00：割接",
        ),
        (
            "silence",
            {"change": "ended", "silence_entry": 7},
            "planned work of entry 7 has ended",
            "第 7 条登记的计划作业已结束",
        ),
        (
            "clock",
            {"incident": 3, "clock": "cure", "event": "breached"},
            "incident 3: clock fault cured within 1 hour has run out",
            "事件 3：“故障 1 小时内修复”已超时",
        ),
        (
            "page",
            {"person": "陈静", "incident": 3, "reason": "opened"},
            "陈静 is to be told of incident 3 (it is new)",
            "通知 陈静：事件 3（新发生）",
        ),
        (
            "override",
            {"person": "赵敏", "post": "backup", "ends": "2026-11-21T03:00Z", "why": "换班"},
            "赵敏 stands in as backup on duty until 11-21 11:00: 换班",
            "赵敏 临时值备班至 11-21 11:00：换班",
        ),
        (
            "upgraded",
            {"from": "0001", "to": "0003", "program": "0.1.0"},
            "the database went from version 0001 to 0003",
            "数据库已从 0001 版升级到 0003 版",
        ),
        (
            "told",
            {"outcome": "sent", "person": "陈静", "channel": "wecom", "pages": 1},
            "message to 陈静 over wecom was sent",
            "经 wecom 通知 陈静：已发送",
        ),
        (
            "told",
            {"outcome": "withdrawn", "pages": ["a", "b"]},
            "2 messages had no point any more",
            "2 条通知已无必要，撤回",
        ),
        (
            "round_started",
            {"slot_time": SLOT_TIME, "slots": 12, "devices": 9},
            "the round of 11-20 09:30: 12 slots on 9 devices",
            "11-20 09:30 的巡检：9台设备，12项任务",
        ),
        (
            "result",
            {
                "item": "M46",
                "device": "rt-1",
                "state": "abnormal",
                "verdicts": [
                    {"state": "normal", "sentence": {"en": "memory is fine", "zh": "内存正常"}},
                    {"state": "abnormal", "sentence": {"en": "CPU is not", "zh": "CPU 异常"}},
                ],
            },
            "M46 on rt-1: abnormal. CPU is not",
            "rt-1 的 M46：异常。CPU 异常",
        ),
        (
            "watch_gap",
            {"from": SLOT_TIME, "to": "2026-11-20T01:45:00.000000Z"},
            "nobody watched from 11-20 09:30 to 11-20 09:45",
            "11-20 09:30 至 11-20 09:45 无人监视",
        ),
        (
            "intake_gap",
            {
                "from": SLOT_TIME,
                "to": "2026-11-20T01:45:00.000000Z",
                "known": True,
                "lost": {"traps": 2, "syslog": 3},
            },
            "nobody listened for traps and logs from 11-20 09:30 to 11-20 09:45; up to 5 received "
            "messages were lost with the process that had them in hand",
            "11-20 09:30 至 11-20 09:45 无人接收陷阱告警和日志；"
            "至多5条已收到而未入库的消息随进程丢失",
        ),
        (
            "intake_gap",
            {"from": SLOT_TIME, "to": "2026-11-20T01:45:00.000000Z", "known": False, "lost": {}},
            "nobody listened for traps and logs from 11-20 09:30 to 11-20 09:45, and the system "
            "was started anew or the count of them damaged; how many received messages were lost "
            "is not known",
            "11-20 09:30 至 11-20 09:45 无人接收陷阱告警和日志，其间系统重新启动或计数文件损坏；"
            "丢失了多少条已收到的消息不得而知",
        ),
    ],
)
def test_an_entry_reads_as_one_sentence_in_shanghai_time(
    kind: str, body: dict[str, object], english: str, chinese: str
) -> None:
    assert telling(kind, body, "en") == english
    assert telling(kind, body, "zh") == chinese


def test_a_kind_of_a_later_version_is_shown_as_it_stands() -> None:
    assert kind_name("amendment").text("zh") == "amendment"
    assert telling("amendment", {"of": 7, "by": "li"}, "zh") == "of 7, by li"


def test_an_odd_body_is_told_as_far_as_it_goes() -> None:
    assert telling("result", {}, "en") == "- on -: -. -"
    assert telling("round_started", {"slot_time": "soon"}, "en").startswith("the round of soon")
