"""The table of commands. A new command is one line here (and its module)."""

from __future__ import annotations

from typing import Final

from lineguard.cli.speech import Entry, SpokenGroup
from phrases import say

_AT: Final = "lineguard.cli"

ROOT: Final = SpokenGroup(
    "lineguard",
    say("Lineguard (守线) keeps a city hotline's call centre in service."),
    {
        "init": Entry(f"{_AT}.init:init", say("make a site home")),
        "doctor": Entry(f"{_AT}.doctor:doctor", say("say what is missing, unsafe or unreachable")),
        "demo": Entry(f"{_AT}.demo:demo", say("one whole day on the embedded practice site")),
        "inventory": Entry(f"{_AT}.commands:INVENTORY", say("sites and devices")),
        "people": Entry(f"{_AT}.commands:PEOPLE", say("persons and what they may do")),
        "secrets": Entry(
            f"{_AT}.commands:SECRETS", say("the passwords of devices: change them, go on")
        ),
        "schedule": Entry(
            f"{_AT}.commands:SCHEDULE", say("what is due, and the catalogue of items")
        ),
        "form": Entry(f"{_AT}.commands:FORM", say("the six device forms, filled")),
        "check": Entry(f"{_AT}.commands:CHECK", say("look now")),
        "round": Entry(
            f"{_AT}.commands:ROUND", say("the plan, the looks, the record, the incidents")
        ),
        "watch": Entry(f"{_AT}.watch:watch", say("look cheaply and often between rounds")),
        "tick": Entry(f"{_AT}.tick:tick", say("every minute: what is overdue")),
        "metrics": Entry(f"{_AT}.metrics:metrics", say("what Prometheus reads")),
        "heartbeat": Entry(f"{_AT}.heartbeat:heartbeat", say("a sign of life, for cron jobs")),
        "counter": Entry(f"{_AT}.commands:COUNTER", say("what the contract counts")),
        "serve": Entry(f"{_AT}.serve:serve", say("the daemon: tick, watch, metrics, intake")),
        "config": Entry(
            f"{_AT}.commands:CONFIG", say("configurations of network devices, kept and compared")
        ),
        "baseline": Entry(
            f"{_AT}.commands:BASELINE", say("what was approved of them, and approving it")
        ),
        "intake": Entry(f"{_AT}.commands:INTAKE", say("traps, logs and alerts that were received")),
        "incident": Entry(f"{_AT}.commands:INCIDENT", say("what is wrong, since when, and why")),
        "runbook": Entry(f"{_AT}.commands:RUNBOOK", say("what to do, step by step, on record")),
        "handover": Entry(f"{_AT}.commands:HANDOVER", say("from one shift to the next")),
        "obligation": Entry(
            f"{_AT}.commands:OBLIGATION", say("drills, trainings and reports of the year")
        ),
        "oncall": Entry(f"{_AT}.commands:ONCALL", say("who is on duty now and next")),
        "notify": Entry(f"{_AT}.commands:NOTIFY", say("the ways to people")),
        "ticket": Entry(f"{_AT}.commands:TICKET", say("incidents in the ticket service")),
        "capture": Entry(f"{_AT}.capture:capture", say("site data from a gateway's own console")),
        "silence": Entry(f"{_AT}.commands:SILENCE", say("planned work, announced beforehand")),
        "log": Entry(f"{_AT}.commands:LOG", say("the logbook: show, verify, export")),
        "lab": Entry(f"{_AT}.commands:LAB", say("the practice site: start, stop, break and mend")),
        "cron": Entry(f"{_AT}.commands:CRON", say("crontab and systemd units for this home")),
        "backup": Entry(f"{_AT}.backup:backup", say("the whole home in one file, while it runs")),
        "restore": Entry(f"{_AT}.backup:restore", say("a home from a backup")),
        "upgrade": Entry(f"{_AT}.upgrade:upgrade", say("the database to this program's version")),
        "completion": Entry(f"{_AT}.completion:completion", say("completion for bash or zsh")),
    },
)

INVENTORY: Final = SpokenGroup(
    "inventory",
    say("Sites and devices of this home's estate."),
    {
        "list": Entry(f"{_AT}.inventory:list_devices", say("devices with kind, site and access")),
        "check": Entry(
            f"{_AT}.inventory:check", say("is the estate valid? exit status 2 when not")
        ),
        "import": Entry(f"{_AT}.importing:import_", say("devices from a spreadsheet (CSV)")),
        "trust": Entry(
            f"{_AT}.trust:trust", say("pin SSH host keys after a person confirmed them")
        ),
    },
)

PEOPLE: Final = SpokenGroup(
    "people",
    say("Persons of this home, their roles and how they prove who they are."),
    {
        "list": Entry(f"{_AT}.people:list_people", say("everybody with roles and proofs")),
        "pin": Entry(f"{_AT}.people:pin", say("the hash of a PIN, for people.yml")),
        "check": Entry(
            f"{_AT}.people:check", say("is the persons file valid? exit status 2 when not")
        ),
    },
)

SECRETS: Final = SpokenGroup(
    "secrets",
    say("The passwords of devices (M48)."),
    {
        "rotate": Entry(f"{_AT}.secrets:rotate", say("change passwords and prove it by logins")),
        "resume": Entry(f"{_AT}.secrets:resume", say("settle what was left half-done")),
    },
)

SCHEDULE: Final = SpokenGroup(
    "schedule",
    say("The contract's schedule."),
    {
        "show": Entry(f"{_AT}.schedule:show", say("the slots of one day")),
        "items": Entry(
            f"{_AT}.schedule:items", say("the catalogue of items with period and kinds")
        ),
    },
)

FORM: Final = SpokenGroup(
    "form",
    say("The numbered device forms of the contract, filled from what is on record."),
    {
        "list": Entry(f"{_AT}.form:list_forms", say("the forms and the devices they are for")),
        "show": Entry(f"{_AT}.form:show", say("one form of one device, filled")),
    },
)

CHECK: Final = SpokenGroup(
    "check",
    say("Looks between the rounds, that fulfil no slot."),
    {"run": Entry(f"{_AT}.check:run", say("look now and say what is found"))},
)

ROUND: Final = SpokenGroup(
    "round",
    say("Rounds: the work that the contract asks for, and its record."),
    {
        "run": Entry(f"{_AT}.round:run", say("carry out what is due")),
        "enter": Entry(f"{_AT}.entering:enter", say("enter what a person looked at")),
    },
)

CONFIG: Final = SpokenGroup(
    "config",
    say("Configurations of routers, switches, firewalls and gateways."),
    {
        "list": Entry(f"{_AT}.config:list_versions", say("the versions that are kept")),
        "show": Entry(f"{_AT}.config:show_version", say("one version, without its secrets")),
        "diff": Entry(f"{_AT}.config:diff", say("what differs between two versions")),
        "fetch": Entry(f"{_AT}.config:fetch", say("fetch configurations now")),
        "take": Entry(f"{_AT}.config:take", say("a whole configuration, to restore a device")),
    },
)

BASELINE: Final = SpokenGroup(
    "baseline",
    say("What a supervisor has approved of a device's configuration and routes."),
    {
        "list": Entry(f"{_AT}.baseline:list_baselines", say("what is approved, by whom")),
        "diff": Entry(f"{_AT}.baseline:diff", say("what runs, against what is approved")),
        "approve": Entry(f"{_AT}.baseline:approve", say("approve what is kept; signed")),
    },
)

INTAKE: Final = SpokenGroup(
    "intake",
    say("What devices and monitoring systems said unasked."),
    {
        "counts": Entry(f"{_AT}.intake:counts", say("what became of everything that arrived")),
        "list": Entry(f"{_AT}.intake:list_messages", say("the newest messages")),
    },
)

INCIDENT: Final = SpokenGroup(
    "incident",
    say("Incidents: one per root cause."),
    {
        "list": Entry(f"{_AT}.incident:list_incidents", say("open incidents, the gravest first")),
        "show": Entry(
            f"{_AT}.incident:show", say("one incident with everything that happened to it")
        ),
        "ack": Entry(f"{_AT}.handling:ack", say("it is mine")),
        "hold": Entry(f"{_AT}.handling:hold", say("wait for something until a time")),
        "note": Entry(f"{_AT}.handling:note", say("write something down")),
        "resolve": Entry(f"{_AT}.handling:resolve", say("it is over")),
        "close": Entry(f"{_AT}.handling:close", say("looked at once more")),
        "open": Entry(f"{_AT}.handling:open_", say("report what no check can see")),
    },
)

RUNBOOK: Final = SpokenGroup(
    "runbook",
    say("Runbooks: the eight emergencies and the common faults, and walking them."),
    {
        "list": Entry(f"{_AT}.runbook:list_runbooks", say("every runbook, or the runs under way")),
        "show": Entry(f"{_AT}.runbook:show", say("one runbook, or what was done in a run")),
        "run": Entry(f"{_AT}.runbook:run", say("walk one, or go on with it")),
        "step": Entry(f"{_AT}.runbook:step", say("answer the present step of a run")),
    },
)

COUNTER: Final = SpokenGroup(
    "counter",
    say("What the contract counts before it calls itself broken."),
    {"list": Entry(f"{_AT}.counter:list_counters", say("how they stand this month and week"))},
)

HANDOVER: Final = SpokenGroup(
    "handover",
    say("The handover of a shift: faults, unfinished and urgent matters, signed by both sides."),
    {
        "draft": Entry(f"{_AT}.handover:draft", say("put the record of the shift together")),
        "show": Entry(f"{_AT}.handover:show", say("one handover, or the newest")),
        "sign": Entry(f"{_AT}.handover:sign", say("sign one side")),
        "flag": Entry(f"{_AT}.handover:flag", say("tell every shift of something urgent")),
        "clear": Entry(f"{_AT}.handover:clear", say("it is settled")),
        "matters": Entry(f"{_AT}.handover:list_matters", say("urgent matters that stand")),
    },
)

OBLIGATION: Final = SpokenGroup(
    "obligation",
    say("What the contract wants each year and quarter beside the schedule."),
    {
        "list": Entry(f"{_AT}.obligation:list_obligations", say("what is done, what is due")),
        "done": Entry(f"{_AT}.obligation:done", say("put one on record with its evidence")),
    },
)

ONCALL: Final = SpokenGroup(
    "oncall",
    say("Who is on duty: the rota of people.yml, and who stands in for whom."),
    {
        "show": Entry(f"{_AT}.oncall:show", say("who is on duty now, and who is next")),
        "override": Entry(f"{_AT}.oncall:override", say("hand a post over for a time")),
    },
)

NOTIFY: Final = SpokenGroup(
    "notify",
    say("The ways to people: the channels of lineguard.toml, the addresses of people.yml."),
    {
        "list": Entry(f"{_AT}.notify:list_ways", say("who is reached how, and what that needs")),
        "test": Entry(f"{_AT}.notify:test", say("a test message to one person")),
    },
)

TICKET: Final = SpokenGroup(
    "ticket",
    say("The mirror of incidents in the ticket service of lineguard.toml."),
    {
        "status": Entry(f"{_AT}.ticket:status", say("is it there, and what waits for it")),
        "list": Entry(f"{_AT}.ticket:list_tickets", say("which incident is which ticket")),
        "sync": Entry(f"{_AT}.ticket:sync", say("send and fetch now")),
        "tracker": Entry(f"{_AT}.ticket:tracker", say("lay a Roundup tracker for the mirror")),
    },
)

SILENCE: Final = SpokenGroup(
    "silence",
    say("Planned work: it never deletes a record."),
    {
        "add": Entry(f"{_AT}.silence:add", say("announce work")),
        "list": Entry(f"{_AT}.silence:list_silences", say("what is announced")),
        "end": Entry(f"{_AT}.silence:end", say("the work is done")),
    },
)

LOG: Final = SpokenGroup(
    "log",
    say("The logbook: append-only, chained and signed."),
    {
        "show": Entry(f"{_AT}.log:show", say("the newest entries")),
        "verify": Entry(
            f"{_AT}.log:verify", say("is every entry and all evidence as it was written?")
        ),
        "export": Entry(f"{_AT}.log:export", say("a bundle that an auditor can verify elsewhere")),
    },
)

LAB: Final = SpokenGroup(
    "lab",
    say("The embedded practice site of a practice home."),
    {
        "up": Entry(f"{_AT}.lab:up", say("start every peer")),
        "status": Entry(f"{_AT}.lab:status", say("what runs, and what is broken")),
        "faults": Entry(f"{_AT}.lab:faults", say("the faults that can be put in")),
        "break": Entry(f"{_AT}.lab:break_", say("put a fault in")),
        "mend": Entry(f"{_AT}.lab:mend", say("take a fault back, or `all`")),
        "down": Entry(f"{_AT}.lab:down", say("stop every peer")),
    },
)

CRON: Final = SpokenGroup(
    "cron",
    say("What a machine shall do by itself."),
    {
        "print": Entry(
            f"{_AT}.cron:print_units", say("crontab and systemd units, to be looked over")
        ),
        "install": Entry(f"{_AT}.cron:install", say("units or crontab lines, where they work")),
        "remove": Entry(f"{_AT}.cron:remove", say("take them away again")),
    },
)
