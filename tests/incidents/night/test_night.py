"""A whole night, minute by minute: who was told what, when, over which channel, how often."""

from __future__ import annotations

import re

from incidents.clocks import RULES
from tests.incidents.night.conftest import Outcome
from tests.incidents.night.receivers import Heard
from tests.incidents.night.town import SHANGHAI

NAMES = {
    "chen": "陈静", "13800000001": "陈静", "liu": "刘洋", "13800000002": "刘洋",
    "13800000003": "周磊", "remote@example.net": "远程", "13800000005": "赵敏",
    "13800000006": "王芳", "wang": "王芳", "13800000007": "孙涛",
}  # fmt: skip
TITLE = re.compile(r"^Lineguard(: critical)? / ")
"""WeCom has no titles of its own: Apprise puts ours above the text."""

SHORT = {rule.title.text("en"): rule.name for rule in RULES} | {
    ": no answer": "",
    " (reported by 刘洋)": "",
}


def shown(one: Heard) -> str:
    channel = one.channel if one.taken else f"{one.channel}, rings"
    what = TITLE.sub("", one.words).split("; ", maxsplit=1)[0]
    for long, short in SHORT.items():
        what = what.replace(long, short)
    return f"{one.at.astimezone(SHANGHAI):%H:%M} {NAMES[one.address]} ({channel}): {what}"


def test_who_was_told_what_when_and_how_often(calm: Outcome) -> None:
    told = [shown(one) for one in calm.heard]
    assert _by_minute(told) == _by_minute(TRANSCRIPT.strip().splitlines())


def test_a_storm_is_told_in_few_words_and_names_its_commands(calm: Outcome) -> None:
    storm = [one.words for one in calm.heard if one.key.startswith("bundle/")]
    assert len(storm) == 3  # by two channels that it is there, by one that it is over
    assert storm[0].count("lineguard incident ack") == 3
    assert all(len(one) < 1_000 for one in storm)


def test_a_message_says_what_since_when_which_limit_and_what_to_type(calm: Outcome) -> None:
    assert (
        "file-1 is unreachable: no answer; since 11-20 19:35; take it: lineguard incident ack 1; "
        "fault cured within 1 hour: until 11-20 20:35"
    ) in calm.heard[0].words


def test_nobody_hears_the_same_thing_twice(calm: Outcome) -> None:
    taken = [(one.channel, one.address, one.key) for one in calm.heard if one.taken]
    assert len(taken) == len(set(taken))


def test_no_telephone_rings_once_somebody_has_it(calm: Outcome) -> None:
    """It was taken at 20:33; the next call would have come at 20:34."""
    rang = [one for one in calm.heard if one.channel == "voice" and "sw-core-1" in one.words]
    asking = [one for one in rang if "over after" not in one.words]
    assert [f"{one.at.astimezone(SHANGHAI):%H:%M}" for one in asking] == ["20:30", "20:31", "20:32"]


def _by_minute(lines: list[str]) -> list[str]:
    """Within a minute several persons are told at once, in no order."""
    return sorted(lines, key=lambda line: (line < "12:00", line))


TRANSCRIPT = """
19:35 陈静 (sms): file-1 is unreachable
19:35 陈静 (wecom): file-1 is unreachable
19:45 陈静 (wecom): over after 10 min: file-1 is unreachable
19:58 陈静 (sms): wechat-1 is unreachable
19:58 陈静 (wecom): wechat-1 is unreachable
20:00 周磊 (voice, rings): wechat-1 is unreachable
20:01 周磊 (voice, rings): wechat-1 is unreachable
20:10 周磊 (voice, rings): over after 12 min: wechat-1 is unreachable
20:10 陈静 (wecom): over after 12 min: wechat-1 is unreachable
20:11 周磊 (voice, rings): over after 12 min: wechat-1 is unreachable
20:12 周磊 (voice, rings): over after 12 min: wechat-1 is unreachable
20:30 周磊 (voice, rings): sw-core-1 is unreachable
20:31 周磊 (voice, rings): sw-core-1 is unreachable
20:32 周磊 (voice, rings): sw-core-1 is unreachable
20:50 周磊 (voice, rings): over after 20 min: sw-core-1 is unreachable
20:51 周磊 (voice, rings): over after 20 min: sw-core-1 is unreachable
20:52 周磊 (voice, rings): over after 20 min: sw-core-1 is unreachable
21:40 周磊 (voice): back again: rt-gov-1 is unreachable
21:50 周磊 (voice): over after 15 min: rt-gov-1 is unreachable
22:10 刘洋 (wecom): app-2 M19
22:20 刘洋 (voice): it got worse: app-2 M19
22:20 刘洋 (wecom): it got worse: app-2 M19
22:55 刘洋 (voice): time limit near, 11-20 23:10: cure: app-2 M19
22:55 刘洋 (wecom): time limit near, 11-20 23:10: cure: app-2 M19
22:55 赵敏 (sms): time limit near, 11-20 23:10: cure: app-2 M19
23:00 刘洋 (voice): the hold by 刘洋 is over (waits until 2026-11-20 23:00: 等备件): app-2 M19
23:00 刘洋 (wecom): the hold by 刘洋 is over (waits until 2026-11-20 23:00: 等备件): app-2 M19
23:11 孙涛 (voice, rings): time limit passed at 11-20 23:10: head_decides: app-2 M19
23:11 赵敏 (sms): time limit passed at 11-20 23:10: head_decides: app-2 M19
23:12 孙涛 (voice, rings): time limit passed at 11-20 23:10: head_decides: app-2 M19
23:13 孙涛 (voice, rings): time limit passed at 11-20 23:10: head_decides: app-2 M19
23:15 孙涛 (voice, rings): time limit passed at 11-20 23:10: head_decides: app-2 M19
23:19 孙涛 (voice, rings): time limit passed at 11-20 23:10: head_decides: app-2 M19
23:20 刘洋 (wecom): over after 70 min: app-2 M19
23:20 赵敏 (sms): over after 70 min: app-2 M19
23:30 刘洋 (voice): back again: app-2 M19
23:30 刘洋 (wecom): back again: app-2 M19
23:40 刘洋 (wecom): over after 10 min: app-2 M19
23:56 刘洋 (voice): tts-1 is unreachable
23:56 刘洋 (wecom): tts-1 is unreachable
23:57 刘洋 (wecom): over after 1 min: tts-1 is unreachable
23:58 刘洋 (voice): back again: tts-1 is unreachable
23:58 刘洋 (wecom): back again: tts-1 is unreachable
23:59 刘洋 (wecom): over after 1 min: tts-1 is unreachable
00:00 刘洋 (voice): back again: tts-1 is unreachable
00:00 刘洋 (wecom): back again: tts-1 is unreachable
00:01 刘洋 (wecom): over after 1 min: tts-1 is unreachable
00:02 刘洋 (voice): back again: tts-1 is unreachable
00:02 刘洋 (wecom): back again: tts-1 is unreachable
00:20 刘洋 (wecom): over after 18 min: tts-1 is unreachable
01:00 刘洋 (voice): 500 messages at once
01:00 刘洋 (wecom): 500 messages at once
01:20 刘洋 (wecom): 500 messages at once
02:00 刘洋 (voice): gw-1960-1 is unreachable
02:00 刘洋 (wecom): gw-1960-1 is unreachable
02:05 陈静 (sms): not taken by anybody yet: gw-1960-1 is unreachable
02:05 陈静 (wecom): not taken by anybody yet: gw-1960-1 is unreachable
02:10 远程 (mail): not taken by anybody yet: gw-1960-1 is unreachable
02:15 王芳 (sms): not taken by anybody yet: gw-1960-1 is unreachable
02:15 王芳 (wecom): not taken by anybody yet: gw-1960-1 is unreachable
02:30 孙涛 (voice, rings): not taken by anybody yet: gw-1960-1 is unreachable
02:31 孙涛 (voice, rings): not taken by anybody yet: gw-1960-1 is unreachable
02:32 孙涛 (voice, rings): not taken by anybody yet: gw-1960-1 is unreachable
02:34 孙涛 (voice): not taken by anybody yet: gw-1960-1 is unreachable
02:45 刘洋 (voice): time limit near, 11-21 03:00: cure: gw-1960-1 is unreachable
02:45 刘洋 (wecom): time limit near, 11-21 03:00: cure: gw-1960-1 is unreachable
02:45 王芳 (sms): time limit near, 11-21 03:00: cure: gw-1960-1 is unreachable
02:45 王芳 (wecom): time limit near, 11-21 03:00: cure: gw-1960-1 is unreachable
03:01 孙涛 (voice): time limit passed at 11-21 03:00: head_decides: gw-1960-1 is unreachable
03:01 王芳 (sms): time limit passed at 11-21 03:00: head_decides: gw-1960-1 is unreachable
03:01 王芳 (wecom): time limit passed at 11-21 03:00: head_decides: gw-1960-1 is unreachable
03:30 刘洋 (wecom): over after 90 min: gw-1960-1 is unreachable
03:30 孙涛 (voice): over after 90 min: gw-1960-1 is unreachable
03:30 王芳 (wecom): over after 90 min: gw-1960-1 is unreachable
03:30 远程 (mail): over after 90 min: gw-1960-1 is unreachable
03:30 陈静 (wecom): over after 90 min: gw-1960-1 is unreachable
04:00 刘洋 (wecom): site_primary: 报障
04:06 孙涛 (voice): time limit passed at 11-21 04:05: power_cut: site_primary: 报障
04:06 王芳 (wecom): time limit passed at 11-21 04:05: power_cut: site_primary: 报障
04:20 刘洋 (wecom): over after 20 min: site_primary: 报障
04:20 孙涛 (voice): over after 20 min: site_primary: 报障
04:20 王芳 (wecom): over after 20 min: site_primary: 报障
05:00 刘洋 (wecom): site_primary: 报障
05:03 刘洋 (wecom): time limit near, 11-21 05:05: seat: site_primary: 报障
05:04 刘洋 (wecom): over after 4 min: site_primary: 报障
07:57 刘洋 (voice): bak-1 is unreachable
07:57 刘洋 (wecom): bak-1 is unreachable
08:00 陈静 (sms): bak-1 is unreachable
08:00 陈静 (wecom): bak-1 is unreachable
08:10 刘洋 (wecom): over after 13 min: bak-1 is unreachable
08:10 陈静 (wecom): over after 13 min: bak-1 is unreachable
"""
