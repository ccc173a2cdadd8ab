"""The columns of a spreadsheet of devices: how they are headed, and what a cell may say."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, partial
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from inventory.access import APPLICATIONS, DRIVERS, PROTOCOLS
from inventory.declared import RANGES, SECRET_FIELDS
from inventory.devices import KINDS, SITES, TRAITS
from inventory.problems import listed, nearest, shown
from phrases import Phrase, say

KIND_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "usm_cti": ("USM", "CTI", "USM服务器", "CTI服务器"),
    "database": ("数据库", "数据库服务器"),
    "app_server": ("应用服务器",),
    "wechat_server": ("微信服务器",),
    "file_server": ("文件服务器",),
    "tts_asr": ("语音服务器", "TTS/ASR服务器", "TTS", "ASR"),
    "gateway_1960": ("1960", "1960设备", "语音网关"),
    "router": ("路由器",),
    "switch": ("交换机",),
    "firewall": ("防火墙",),
    "ups": ("UPS", "不间断电源"),
    "storage": ("存储", "存储设备"),
    "nms": ("网管", "网管服务器"),
    "sms": ("短信", "短信网关"),
    "data_interface": ("数据接口",),
    "room_sensor": ("机房传感器", "温湿度传感器"),
    "trunk": ("中继",),
    "emergency_line": ("应急线路",),
    "dr_seat": ("灾备坐席",),
}
"""What a kind may also be called in a cell. A file format, not a translation: it never changes."""

SITE_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "site_primary": ("primary", "主中心"),
    "site_dr": ("dr", "灾备中心"),
    "site_witness": ("witness", "仲裁点"),
}

TRAIT_TITLES: Final[Mapping[str, tuple[str, ...]]] = {"clustered": ("集群",)}

YES: Final = frozenset({"yes", "true", "1", "是"})
NO: Final = frozenset({"no", "false", "0", "否"})

PARTING: Final = re.compile(r"[\s,;、，；]+")
"""What parts the names in one cell."""

WHOLE: Final = re.compile(r"-?[0-9]{1,10}", re.ASCII)
NUMBER: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)

Reader = Callable[[str], object]
"""A cell's value in the form that the estate holds, or the `Phrase` that refuses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `name` is its English header, `chinese` are further ones; a header is compared
    as `folded` gives it."""

    name: str
    chinese: tuple[str, ...] = ()
    means: Phrase
    read: Reader
    needed: bool = False
    """Must every device have a value here?"""
    protocol: str = ""
    field: str = ""
    """The key under the protocol; empty for the column that only says that it is spoken."""


@cache
def columns() -> tuple[Column, ...]:
    """Every column, in the order in which they are explained."""
    return (
        *_own(),
        *(
            column
            for protocol in PROTOCOLS
            if protocol not in APPLICATIONS
            for column in _of_protocol(protocol)
        ),
    )


def folded(header: str) -> str:
    """A header or a word of a cell, however wide, spaced or capitalised it was typed."""
    plain = unicodedata.normalize("NFKC", header).strip().casefold()
    return re.sub(r"[\s-]+", "_", plain)


@cache
def by_header() -> Mapping[str, Column]:
    """The column of each header that is known, by its folded form."""
    return {folded(name): one for one in columns() for name in (one.name, *one.chinese)}


def _own() -> Iterator[Column]:
    text = say("a text")
    names = say("names of devices, parted by blanks or commas")
    yield Column(
        name="name", chinese=("名称", "设备名称"), needed=True, read=str,
        means=say("the name of the device: letters, digits, . _ -"),
    )  # fmt: skip
    yield _one_of("kind", ("类型", "设备类型"), KINDS, KIND_TITLES)
    yield _one_of("site", ("站点",), SITES, SITE_TITLES)
    yield Column(
        name="address", chinese=("地址", "IP地址", "IP"), read=str,
        means=say("a host name or an address"),
    )  # fmt: skip
    yield Column(name="title", chinese=("说明",), means=text, read=str)
    yield Column(
        name="traits", chinese=("特性",), read=_traits,
        means=say("any of {choices}, parted by blanks or commas", choices=listed(TRAITS)),
    )  # fmt: skip
    yield Column(name="depends_on", chinese=("依赖",), means=names, read=_parted)


def _one_of(
    name: str,
    chinese: tuple[str, ...],
    words: Collection[str],
    titles: Mapping[str, tuple[str, ...]],
) -> Column:
    return Column(
        name=name, chinese=chinese, needed=True, read=partial(_word, _meant(words, titles)),
        means=say("one of {choices}", choices=listed([
            " ".join((word, *titles.get(word, ()))) for word in words
        ])),
    )  # fmt: skip


def _of_protocol(protocol: str) -> Iterator[Column]:
    cls = PROTOCOLS[protocol]
    yield Column(
        name=protocol, read=_yes_or_no, protocol=protocol,
        means=say("yes (是): it is asked by {protocol}, with the defaults", protocol=protocol),
    )  # fmt: skip
    hints = get_type_hints(cls)
    for one in fields(cls):
        means, read = _typed(one.name, hints[one.name])
        yield Column(
            name=f"{protocol}_{one.name}", means=means, read=read, protocol=protocol,
            field=one.name,
        )  # fmt: skip


def _typed(name: str, hint: Any) -> tuple[Phrase, Reader]:  # noqa: ANN401 - a type form
    """What a field of a protocol may say, and its reader."""
    kinds = [one for one in get_args(hint) if one is not NoneType]
    if NoneType in get_args(hint):
        return _typed(name, kinds[0])
    words = DRIVERS if name == "driver" else kinds
    if words:
        return say("one of {choices}", choices=listed(words)), partial(_word, _meant(words, {}))
    low, high = RANGES.get(name, (-math.inf, math.inf))
    if hint is int:
        whole = say("a whole number from {low} to {high}", low=int(low), high=int(high))
        return whole, partial(_whole, whole)
    if hint is float:
        number = say("a number from {low} to {high}", low=low, high=high)
        return number, partial(_number, number)
    if hint is bool:
        return say("yes (是) or no (否)"), _yes_or_no
    if name in SECRET_FIELDS:
        return say("the name of a secret, never the secret itself"), str
    return say("a text"), str


def _meant(words: Collection[str], titles: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """By its folded form, the word that each title stands for."""
    return {folded(said): word for word in words for said in (word, *titles.get(word, ()))}


def _word(known: Mapping[str, str], cell: str) -> object:
    word = known.get(folded(cell))
    return _no_word(cell, known) if word is None else word


def _no_word(cell: str, known: Mapping[str, str]) -> Phrase:
    close = nearest(folded(cell), known.keys())
    if close is not None:
        return say("“{value}” is not known; the nearest is “{nearest}”",
                   value=shown(cell), nearest=close)  # fmt: skip
    return say("“{value}” is not known; known here: {known}",
               value=shown(cell), known=listed(set(known.values())))  # fmt: skip


def _parted(cell: str) -> object:
    return [name for name in PARTING.split(cell) if name]


def _traits(cell: str) -> object:
    known = _meant(TRAITS, TRAIT_TITLES)
    words = [_word(known, one) for one in PARTING.split(cell) if one]
    return next((one for one in words if isinstance(one, Phrase)), words)


def _yes_or_no(cell: str) -> object:
    if folded(cell) in YES | NO:
        return folded(cell) in YES
    return say("“{value}” is neither yes (是) nor no (否)", value=shown(cell))


def _whole(wanted: Phrase, cell: str) -> object:
    # The range is the loader's to judge: there it is for every file alike.
    return int(cell) if WHOLE.fullmatch(cell) else _not_wanted(wanted, cell)


def _number(wanted: Phrase, cell: str) -> object:
    return float(cell) if NUMBER.fullmatch(cell) else _not_wanted(wanted, cell)


def _not_wanted(wanted: Phrase, cell: str) -> Phrase:
    return say("must be {wanted}, not “{value}”", wanted=wanted, value=shown(cell))
