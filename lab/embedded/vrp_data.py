"""What a VRP-like device is, and how it prints it: the shapes of real S, AR, USG and NE devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lab.embedded.vrp_configuration import ConfigurationData, routing_table

WIDTH: Final = 80
DESCRIPTION_AT: Final = 39
RULE: Final = "-" * 79
LEVELS: Final = {"critical": 1, "major": 2, "minor": 3, "warning": 4}
PRIORITY: Final = 45_000
AIRFLOW: Final = "Side-to-Back"


@dataclass(slots=True)
class Board:
    """A row of `display device`."""

    slot: str
    type: str
    present: bool = True
    registered: bool = True
    normal: bool = True
    role: str = "NA"


@dataclass(slots=True)
class Fan:
    """A row of `display fan`."""

    slot: str
    id: str
    present: bool = True
    status: str = "Normal"
    speed_percent: int = 55


@dataclass(slots=True)
class Supply:
    """A row of `display power`; `state` Supply or NotSupply."""

    slot: str
    id: str
    present: bool = True
    state: str = "Supply"
    watts: float = 600.0


@dataclass(slots=True)
class Sensor:
    """A row of `display temperature all`, in whole degrees Celsius."""

    slot: str
    celsius: int
    upper: int = 63
    status: str = "Normal"


@dataclass(slots=True)
class Interface:
    """A row of `display interface brief`."""

    name: str
    admin_up: bool = True
    oper_up: bool = True


@dataclass(slots=True)
class RaisedAlarm:
    """A row of `display alarm active`."""

    level: str
    text: str
    id: str = "0xF10091"
    date: str = "2026-11-20"
    time: str = "20:53:26"


@dataclass(slots=True)
class LoggedLine:
    """A record of `display logbuffer`; `severity` 0 (worst) to 7."""

    severity: int
    text: str
    module: str = "IFNET"
    mnemonic: str = "LINK_STATE"
    at: str = "Nov 20 2026 08:00:00+08:00"


@dataclass(slots=True)
class HotStandbyPair:
    """`should_be` is what a device says that is not in the role it was configured for."""

    role: str = "active"
    peer: str = "standby"
    should_be: str | None = None


@dataclass(slots=True)
class VirtualRouter:
    """A row of `display vrrp brief`; `state` Master, Backup or Initialize."""

    vrid: int
    interface: str
    state: str = "Master"
    address: str = "10.10.1.254"


@dataclass(slots=True)
class VrpData:
    """A healthy device, until changed. `hrp` None: no hot standby. `login_questions` are asked
    after a login, before the prompt. `page_lines`: it does not accept `screen-length` and pages."""

    name: str = "Huawei"
    cpu_percent: int = 28
    cpu_max_percent: int = 87
    memory_percent: int = 22
    boards: list[Board] = field(
        default_factory=lambda: [
            Board(slot="0", type="ES5D21X04S01", role="Master"),
            Board(slot="1", type="CMU(MPU 9)"),
        ]
    )
    fans: list[Fan] = field(default_factory=lambda: [Fan("0", "1"), Fan("0", "2")])
    supplies: list[Supply] = field(
        default_factory=lambda: [Supply("0", "PWR1"), Supply("0", "PWR2")]
    )
    sensors: list[Sensor] = field(default_factory=lambda: [Sensor("0", 37)])
    interfaces: list[Interface] = field(
        default_factory=lambda: [
            Interface("GigabitEthernet0/0/0"),
            Interface("GigabitEthernet0/0/1"),
            Interface("GigabitEthernet0/0/2", admin_up=False, oper_up=False),
        ]
    )
    alarms: list[RaisedAlarm] = field(default_factory=list)
    log: list[LoggedLine] = field(
        default_factory=lambda: [
            LoggedLine(6, "The device was started.", module="SYS", mnemonic="BOOT")
        ]
    )
    hrp: HotStandbyPair | None = None
    virtual_routers: list[VirtualRouter] = field(default_factory=list)
    configuration: ConfigurationData = field(default_factory=ConfigurationData)
    login_questions: list[str] = field(default_factory=list)
    page_lines: int = 0
    vty_limit: int = 5
    unknown_commands: set[str] = field(default_factory=set)

    @property
    def prompt(self) -> str:
        """`<Huawei>`, or `HRP_M<FW1>` in a pair."""
        if self.hrp is None:
            return f"<{self.name}>"
        return f"HRP_{'M' if self.hrp.role == 'active' else 'S'}<{self.name}>"


def answer(data: VrpData, command: str) -> list[str] | None:
    """The lines that the command prints; None when the device does not know it."""
    render = ANSWERS.get(command)
    if render is None or command in data.unknown_commands:
        return None
    return render(data)


def _cpu(data: VrpData) -> list[str]:
    busy, most = data.cpu_percent, max(data.cpu_percent, data.cpu_max_percent)
    return [
        "CPU Usage Stat. Cycle: 60 (Second)",
        f"CPU Usage            : {busy}% Max: {most}%",
        "CPU Usage Stat. Time : 2026-11-21  18:57:06 ",
        f"CPU utilization for five seconds: {busy}%: one minute: {busy}%: "
        f"five minutes: {max(busy - 8, 0)}%",
        "Max CPU Usage Stat. Time : 2026-10-05 17:50:44.",
    ]


def _memory(data: VrpData) -> list[str]:
    total = 1_598_029_824
    return [
        " Memory utilization statistics at 2026-11-21 18:57:06 100 ms",
        f" System Total Memory Is: {total} bytes",
        f" Total Memory Used Is: {total * data.memory_percent // 100} bytes",
        f" Memory Using Percentage Is: {data.memory_percent}%",
    ]


def _device(data: VrpData) -> list[str]:
    row = "{:<6}{:<5}{:<22}{:<10}{:<10}{:<14}{:<10}{:<8}".format
    heading = ("Slot", "Sub", "Type", "Online", "Power", "Register", "Status", "Role")
    rows = [
        row(one.slot, "-", one.type, "Present", "PowerOn",
            "Registered" if one.registered else "Unregistered",
            "Normal" if one.normal else "Abnormal", one.role)
        if one.present
        else row(one.slot, "-", "-", "Absent", "PowerOff", "Unregistered", "NA", "NA")
        for one in data.boards
    ]  # fmt: skip
    return [f"{data.name}'s Device status:", row(*heading), RULE, *rows]


def _fans(data: VrpData) -> list[str]:
    row = "{:<8}{:<8}{:<10}{:<10}{:<10}{:<9}{}".format
    rows = [
        row(one.slot, one.id, "Present", one.status, f"{one.speed_percent}%", "Auto", AIRFLOW)
        if one.present
        else row(one.slot, one.id, "Absent", "-", "-", "-", "-")
        for one in data.fans
    ]
    return [row("Slot", "FanID", "Online", "Status", "Speed", "Mode", "Airflow"), RULE, *rows]


def _supplies(data: VrpData) -> list[str]:
    row = "{:<8}{:<9}{:<9}{:<7}{:<11}{}".format
    rows = [
        row(one.slot, one.id, "Present", "AC", one.state, f"{one.watts:.2f}")
        if one.present
        else row(one.slot, one.id, "Absent", "-", "-", "-")
        for one in data.supplies
    ]
    return [row("Slot", "PowerID", "Online", "Mode", "State", "Power(W)"), RULE, *rows]


def _temperature(data: VrpData) -> list[str]:
    row = "{:<6}{:<6}{:<7}{:<11}{:<11}{:<9}{:<10}{:<9}{}".format
    return [
        " Slot  Card  Sensor Status    Current(C) Lower(C) Lower     Upper(C) Upper",
        "                                                  Resume(C)          Resume(C)",
        RULE,
        *(
            row(one.slot, "NA", "NA", one.status, one.celsius, 0, 4, one.upper, one.upper - 4)
            for one in data.sensors
        ),
    ]


def _interfaces(data: VrpData) -> list[str]:
    row = "{:<28}{:<6}{:<9}{:>6} {:>6} {:>10} {:>10}".format
    legend = ["PHY: Physical", "*down: administratively down", "^down: standby", "(s): spoofing"]
    heading = ("Interface", "PHY", "Protocol", "InUti", "OutUti", "inErrors", "outErrors")
    return [*legend, row(*heading), *(row(*_link(one)) for one in data.interfaces)]


def _link(one: Interface) -> tuple[str, ...]:
    physical = "up" if one.oper_up else ("down" if one.admin_up else "*down")
    return one.name, physical, "up" if one.oper_up else "down", "0.01%", "0%", "0", "0"


def _hrp(data: VrpData) -> list[str] | None:
    pair = data.hrp
    if pair is None:
        return None
    should = f' (should be "{pair.should_be}")' if pair.should_be else ""
    change = (
        " Last state change information: 2026-11-20 16:30:24 HRP core state changed, old_state = "
        "abnormal(active), new_state = normal, local_priority = 45000, peer_priority = 45000."
    )
    return [
        "2026-11-21 16:43:00.840",
        f" Role: {pair.role}, peer: {pair.peer}{should}",
        f" Running priority: {PRIORITY}, peer: {PRIORITY}",
        " Backup channel usage: 0.00%",
        " Stable time: 0 days, 0 hours, 13 minutes",
        *wrapped(change, WIDTH),
    ]


def _virtual_routers(data: VrpData) -> list[str]:
    states = [one.state for one in data.virtual_routers]
    idle = len(states) - states.count("Master") - states.count("Backup")
    row = "{:<6}{:<13}{:<25}{:<9}{}".format
    return [
        f"Total:{len(states)}     Master:{states.count('Master')}     "
        f"Backup:{states.count('Backup')}     Non-active:{idle}",
        row("VRID", "State", "Interface", "Type", "Virtual IP"),
        "-" * 64,
        *(
            row(one.vrid, one.state, one.interface, "Normal", one.address)
            for one in data.virtual_routers
        ),
    ]


def _alarms(data: VrpData) -> list[str]:
    return [
        "1:Critical  2:Major  3:Minor  4:Warning",
        RULE,
        "Sequence   AlarmId    Level Date Time  Description",
        RULE,
        *(line for number, one in enumerate(data.alarms, 1) for line in _alarm(number, one)),
        RULE,
    ]


def _alarm(number: int, one: RaisedAlarm) -> Iterable[str]:
    text = wrapped(one.text, WIDTH - DESCRIPTION_AT)
    yield (
        f"{number:<11}{one.id:<11}{LEVELS[one.level]:<6}{one.date:<11}".ljust(DESCRIPTION_AT)
        + text[0]
    )
    for index, more in enumerate([*text[1:], ""] if len(text) == 1 else text[1:]):
        yield (" " * 21 + (one.time if index == 0 else "").ljust(10) + more).rstrip()


def _log(data: VrpData) -> list[str]:
    """The newest first, numbered from it."""
    return [
        "Logging buffer configuration and contents : enabled",
        "Allowed max buffer size : 1024",
        "Actual buffer size : 512",
        "Channel number : 4 , Channel name : logbuffer",
        "Dropped messages : 0",
        "Overwritten messages : 0",
        f"Current messages : {len(data.log)}",
        "",
        *(
            line
            for number, one in enumerate(reversed(data.log))
            for line in wrapped(
                f"{one.at} {data.name} %%01{one.module}/{one.severity}/{one.mnemonic}(l)"
                f"[{number}]:{one.text}",
                WIDTH,
            )
        ),
    ]


def wrapped(text: str, width: int) -> list[str]:
    """Broken inside words, as consoles do; never empty."""
    return [text[at : at + width] for at in range(0, len(text), width)] or [""]


ANSWERS: Final[Mapping[str, Callable[[VrpData], list[str] | None]]] = {
    "display cpu-usage": _cpu,
    "display memory-usage": _memory,
    "display device": _device,
    "display fan": _fans,
    "display power": _supplies,
    "display temperature all": _temperature,
    "display interface brief": _interfaces,
    "display hrp state": _hrp,
    "display alarm active": _alarms,
    "display vrrp brief": _virtual_routers,
    "display logbuffer": _log,
    "display current-configuration": lambda data: data.configuration.current(),
    "display saved-configuration": lambda data: data.configuration.as_saved(),
    "display ip routing-table": lambda data: routing_table(data.configuration),
}
