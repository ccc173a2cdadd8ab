"""The six numbered device forms of the contract, as they are printed: NT12345-001 to -006.

What a form says is kept letter for letter, slips included. Where the tender leaves the expectation
blank, ours stands beside it and is marked as the operator's value. Which checks fill a form is in
the catalogue (`Check.form`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from inventory.model import Kind


class FormField(StrEnum):
    """A field of a form, by its printed name, in the order in which they stand."""

    NUMBER = "编号"
    SUBJECT = "检查项目"
    COMMAND = "检查命令"
    EXPECTED = "检查期待结果"
    REMARK = "备注"
    EXAMPLE = "检查范例"
    RESULT = "检查结果"
    LOG_FOUND = "有无异常日志"


STANDARD: Final = (
    FormField.NUMBER, FormField.SUBJECT, FormField.COMMAND, FormField.EXPECTED,
    FormField.REMARK, FormField.EXAMPLE, FormField.RESULT,
)  # fmt: skip
WITHOUT_REMARK: Final = tuple(one for one in STANDARD if one is not FormField.REMARK)
LOG_FORM: Final = (
    FormField.NUMBER, FormField.SUBJECT, FormField.COMMAND,
    FormField.REMARK, FormField.EXAMPLE, FormField.LOG_FOUND,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """The two boxes of a form: what is ticked when all is well, and when it is not. `good_first`
    says which of the two is printed first."""

    good: str
    bad: str
    good_first: bool = True

    @property
    def printed(self) -> tuple[str, str]:
        """Both, in the printed order."""
        return (self.good, self.bad) if self.good_first else (self.bad, self.good)


NORMAL_OR_NOT: Final = Ticks(good="正常", bad="不正常")
LOG_OR_NONE: Final = Ticks(good="没有", bad="有", good_first=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form. `printed` is its number as the tender prints it."""

    number: str
    printed: str
    heading: str
    subject: str
    expected: str | None
    """None: the tender leaves it blank, or the form has no such field."""
    operators_value: str | None = None
    """Our expectation where the tender has none; marked as such on the form."""
    layout: tuple[FormField, ...] = STANDARD
    ticks: Ticks = NORMAL_OR_NOT
    commands: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    """What is asked on a console, by kind. The gateway's commands are site data: where none
    stand here, the device's own console question is printed."""

    @property
    def has_remark(self) -> bool:
        """Is there a field 备注?"""
        return FormField.REMARK in self.layout

    @property
    def expectation(self) -> tuple[str, bool] | None:
        """What is expected, and whether that is the operator's value."""
        if self.expected is not None:
            return self.expected, False
        return None if self.operators_value is None else (self.operators_value, True)


def _vrp(*commands: str) -> Mapping[Kind, tuple[str, ...]]:
    return MappingProxyType({Kind.ROUTER: commands, Kind.FIREWALL: commands})


FORMS: Final = (
    Form(
        number="NT12345-001",
        printed="NT12345-001",
        heading="设备CPU利用率情况检查",
        subject="设备CPU利用率情况检查",
        expected="平均<50%；最大<70%",
        commands=_vrp("display cpu-usage"),
    ),
    Form(
        number="NT12345-002",
        printed="NT12345-002",
        heading="设备memory利用状况检查",
        subject="设备memory利用状况检查",
        expected=None,
        operators_value="<80%",
        commands=_vrp("display memory-usage"),
    ),
    Form(
        number="NT12345-003",
        printed="NT12345-003",
        heading="设备模块运行状况检查",
        subject="设备模块运行状况检查",
        expected=None,
        operators_value="所有模块在用",
        commands=_vrp("display device"),
    ),
    Form(
        number="NT12345-004",
        printed="NT12345-0004",
        heading="设备系统电源及风扇检查",
        subject="设备系统电源及风扇检查",
        expected="电源及风扇运行正常",
        commands=_vrp("display power", "display fan"),
    ),
    Form(
        number="NT12345-005",
        printed="NT12345-005",
        heading="设备运行温度检查",
        subject="设备运行检查",
        expected="设备内部各部件<45℃",
        layout=WITHOUT_REMARK,
        commands=_vrp("display temperature all"),
    ),
    Form(
        number="NT12345-006",
        printed="NT12345-006",
        heading="设备系统LOG日志检查",
        subject="设备系统LOG日志检查",
        expected=None,
        layout=LOG_FORM,
        ticks=LOG_OR_NONE,
        commands=_vrp("display logbuffer"),
    ),
)


def form(number: str) -> Form:
    """The form of that number (not the printed one). Raises `KeyError`."""
    for one in FORMS:
        if one.number == number:
            return one
    raise KeyError(number)
