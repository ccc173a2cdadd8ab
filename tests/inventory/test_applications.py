"""Site data of applications and call records: what is wrong is said, where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventory.homes import surveyed, write

ESTATE = """\
all:
  children:
    site_primary:
      hosts:
        x-1:
          ansible_host: 127.0.0.1
          lineguard:
            {own}
        y-1:
          ansible_host: 127.0.0.1
          lineguard: {{ssh: {{user: a, secret: b}}}}
    tts_asr: {{hosts: {{x-1: , y-1: }}}}
"""

TTS = 'tts: {port: 80, path: /tts, body: \'{"a": "{phrase}"}\'}'
ASR = "asr: {port: 80, path: /asr, spoken_by: y-1}"
SMS = (
    'sms: {port: 80, path: /m, body: \'{"a": "{number}{text}"}\', number: n, message_id: /id,'
    " state_path: '/m/{id}', state: /s, delivered: [ok]}"
)
TRAFFIC = "traffic: {records: {keeper: y-1, files: /var/cdr/a_*.csv, time_column: 3}}"
FILE = "status_file: {path: /s.json, figures: {calls_online: /c}}"
CTI = "cti: {port: 80, path: /c, figures: {calls_online: /c}}"


def complaints(folder: Path, own: str) -> list[str]:
    _, problems = surveyed(write(folder, hosts=ESTATE.format(own=own)))
    return [one.what.text("en") for one in problems]


@pytest.mark.parametrize("own", [TTS, SMS, TRAFFIC, FILE, CTI])
def test_what_is_whole_is_taken(tmp_path: Path, own: str) -> None:
    """The control of the following."""
    assert complaints(tmp_path, own) == []


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (TTS.replace("{phrase}", "phrase"), "lineguard.tts.body must hold {phrase}"),
        (TTS.replace("body: '{", "body: '{{"), "holds a template"),
        (TTS.replace("\"}'", "'"), "is no JSON text"),
        (TTS.replace("/tts,", "/tts, method: GET,"), "lineguard.tts.path must hold {phrase}"),
        (TTS.replace("/tts,", "/tts, pointer: a,"), "is no JSON pointer"),
        (TTS.replace("/tts,", "/tts, audio: mp3,"), "must be one of"),
        (TTS.replace("/tts,", "/tts, secret_header: 'A b',"), "is no name of a header"),
        (TTS.replace("/tts,", "/tts, fraze: a,"), "“fraze” is not known"),
        (ASR, "names “y-1”, which has no “tts”"),
        (ASR.replace("y-1", "y-2"), "names the device “y-2”, which does not exist; the nearest is"),
        (SMS.replace("{number}", ""), "must hold {number}"),
        (SMS.replace("/{id}", ""), "lineguard.sms.state_path must hold {id}"),
        (SMS.replace("number: n", "number: '+86 138'"), "the name of a secret"),
        (SMS.replace("[ok]", "[]"), "must name at least one word"),
        (SMS.replace("/{id}", "/{id}/{sort}"), "{sort} is not known here; known: {id}, {token}"),
        (SMS.replace("[ok]", "[ok, gone], failed: [gone]"), "both hold gone"),
        (TRAFFIC.replace("3}", "3, count_column: 3}"), "is the column of the time as well"),
        (TRAFFIC.replace("/var/cdr/a_*.csv", "'/var/{day}/a.csv'"), "{day} is not worked out here"),
        (FILE.replace("/s.json", "'/{host}/s.json'"), "{host} is not worked out here"),
        (TRAFFIC.replace("y-1", "z"), "names the device “z”, which does not exist"),
        (TRAFFIC.replace("/var/cdr/", "/var/*/"), "wildcards in its last part only"),
        (TRAFFIC.replace("/var/cdr/", "cdr/"), "must be an absolute path"),
        (TRAFFIC.replace("3}", "0}"), "a whole number from 1"),
        (TRAFFIC.replace("3}", "3, delimiter: ';;'}"), "must be one character"),
        (CTI.replace("calls_online: /c", "calls_online: c"), "is no JSON pointer"),
        (FILE.replace("calls_online: /c", "ivr: /c"), "“calls_online” is missing"),
    ],
    ids=range(26),
)
def test_what_is_wrong_is_said(tmp_path: Path, own: str, words: str) -> None:
    found = complaints(tmp_path, own)
    assert any(words in one for one in found), found
    assert not any("138" in one for one in found), "it may be the secret itself"
