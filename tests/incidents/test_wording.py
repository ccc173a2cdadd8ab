"""What is said to somebody who is told: where they have to go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.verdict import Severity
from incidents.clocks import RULES
from incidents.escalation import Reason
from incidents.listing import IncidentRecord
from incidents.model import IncidentState
from incidents.wording import Telling, told
from tests.incidents.test_clocks import EVE, case

RECORD = IncidentRecord(
    id=1, cause="device:ups-1:unreachable", state=IncidentState.OPEN,
    severity=Severity.CRITICAL.value, device="ups-1", site="site_primary", item=None, check=None,
    sentence={"en": "ups-1 is silent", "zh": "ups-1 无应答"}, findings=1, opened_at=EVE,
    updated_at=EVE, resolved_at=None, merged_into=None, suppresses=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("device", "site", "english", "chinese"),
    [
        ("ups-1", "site_dr", "ups-1 is silent; at site_dr; since ", "ups-1 无应答；位于灾备站点；"),
        ("ups-1", "site_primary", "ups-1 is silent; since ", "ups-1 无应答；自 "),
        ("ups-1", None, "ups-1 is silent; since ", "ups-1 无应答；自 "),
        (None, "site_dr", "ups-1 is silent; since ", "ups-1 无应答；自 "),  # it says it itself
    ],
)
def test_a_device_that_stands_elsewhere_is_said_to_stand_there(
    device: str | None, site: str | None, english: str, chinese: str
) -> None:
    record = replace(RECORD, device=device, site=site)
    telling = Telling(record=record, case=case(), reason=Reason.OPENED, at=EVE, rules=RULES)
    said = told(telling)
    assert said["en"].startswith(english)
    assert said["zh"].startswith(chinese)
