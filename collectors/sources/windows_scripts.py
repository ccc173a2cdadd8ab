r"""Everything that is ever sent to a Windows host: fixed PowerShell scripts that read, and nothing
else. Of the site's data nothing goes into them but a record's number.

Written for Windows PowerShell 5.1 (Windows 10, Server 2016 and newer). Each prints one JSON
document in ASCII, whatever the console's code page; `script` names it, and `error` and `code` say
why Windows could not. They are parsed by a grammar of PowerShell, and were never run on a Windows
(docs/windows.md).

Sources:

- load, disks: the CIM classes Win32_OperatingSystem, Win32_Processor, Win32_LogicalDisk
- events: Get-WinEvent with an XPath filter; it fails with `NoMatchingEventsFound` where none match
- protection: Get-Service, Get-MpComputerStatus, Get-MpThreat, Get-MpThreatDetection; and Trend
  Micro's `PC-cillinNTCorp\CurrentVersion\Misc.` with PatternDate, NonCrcPatternDate (smart scan,
  where `iCRC Scan\ScanType` is not 0), ProgramVer, and `Real Time Scan Configuration\Enable`, as
  public inventory and vulnerability scanners read them. Its services ntrtscan (real-time scan) and
  TmListen are named by the vendor's own help
- patches: the Windows Update Agent (IUpdateSearcher, offline: what the last search found),
  IAutomaticUpdatesResults for when that was, Get-HotFix, and the two registry keys of a pending
  restart
"""

from __future__ import annotations

import base64
from typing import Final

HEAD: Final = (
    "$ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue';"
    "function Say($d){[regex]::Replace((ConvertTo-Json -InputObject $d -Depth 4 -Compress),"
    "'[^\\x20-\\x7e]',{param($m)'\\u{0:x4}' -f [int][char]$m.Value})};"
    "try{"
)
TAIL: Final = (
    "}catch{Say @{script='%s';error=\"$($_.Exception.Message)\";code=$_.Exception.HResult}}"
)


def _script(name: str, body: str) -> str:
    lines = (line.strip() for line in body.strip().splitlines())
    return HEAD + "\n".join(lines) + TAIL % name


LOAD: Final = _script(
    "load",
    """
    $o=Get-CimInstance Win32_OperatingSystem
    $p=@(Get-CimInstance Win32_Processor|Select-Object 'DeviceID','LoadPercentage')
    $t=$o.TotalVisibleMemorySize
    Say @{script='load';processors=$p;total_kb=$t;free_kb=$o.FreePhysicalMemory}
    """,
)

DISKS: Final = _script(
    "disks",
    """
    $f=@(Get-CimInstance Win32_LogicalDisk -Filter 'DriveType=3')
    $d=@($f|Select-Object 'DeviceID','Size','FreeSpace')
    Say @{script='disks';disks=$d}
    """,
)
"""DriveType 3 is a local fixed disk."""

EVENTS_KEPT: Final = 300
FIRST_LOOK_MS: Final = 7 * 24 * 3600 * 1000
"""Where nothing is remembered, the events of a week."""

_EVENTS: Final = """
    function One($n){{(Get-WinEvent -LogName System -MaxEvents 1 -Oldest:$n).RecordId}}
    $e=@()
    try{{$e=@(Get-WinEvent -LogName System -MaxEvents {kept} -FilterXPath '*[System[(Level=1 or Level=2 or Level=3) and {which}]]')}}
    catch{{if($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*'){{throw}}}}
    $r=@($e|ForEach-Object{{$t="$($_.Message)";if($t.Length -gt 300){{$t=$t.Substring(0,300)}};
    @{{level=[int]$_.Level;source="$($_.ProviderName) $($_.Id)";text=$t}}}})
    Say @{{script='events';oldest=One $true;newest=One $false;events=$r}}
"""  # noqa: E501  (a filter is one string)


def events(after: int | None) -> str:
    """Events of level 1 to 3 with a higher record number; None: those of the last week."""
    recent = f"TimeCreated[timediff(@SystemTime)<={FIRST_LOOK_MS}]"
    which = recent if after is None else f"EventRecordID>{int(after)}"
    return _script("events", _EVENTS.format(kept=EVENTS_KEPT, which=which))


PROTECTION: Final = _script(
    "protection",
    r"""
    $s=@(Get-Service -ErrorAction SilentlyContinue|ForEach-Object{@{name=$_.Name;status="$($_.Status)"}})
    $t=$null
    foreach($b in 'HKLM:\SOFTWARE\WOW6432Node','HKLM:\SOFTWARE'){
    $k="$b\TrendMicro\PC-cillinNTCorp\CurrentVersion"
    if(!$t -and (Test-Path "$k\Misc.")){
    $m=Get-ItemProperty "$k\Misc."
    $r=Get-ItemProperty "$k\Real Time Scan Configuration" -ErrorAction SilentlyContinue
    $i=Get-ItemProperty "$k\iCRC Scan" -ErrorAction SilentlyContinue
    $t=@{pattern_date=$m.PatternDate;smart_date=$m.NonCrcPatternDate;version=$m.ProgramVer;real_time=$r.Enable;smart=$i.ScanType}}}
    $d=$null
    if((Get-Command Get-MpComputerStatus -ErrorAction SilentlyContinue) -and (Get-Service WinDefend -ErrorAction SilentlyContinue).Status -eq 'Running'){
    $c=Get-MpComputerStatus
    $w=(Get-Date).AddDays(-7)
    $a=@(Get-MpThreat|Where-Object{$_.IsActive}).Count
    $n=@(Get-MpThreatDetection|Where-Object{$_.InitialDetectionTime -gt $w}).Count
    $d=@{real_time=$c.RealTimeProtectionEnabled;mode="$($c.AMRunningMode)";signature_days=$c.AntivirusSignatureAge;
    quick_scan_days=$c.QuickScanAge;full_scan_days=$c.FullScanAge;active_threats=$a;detections=$n}}
    Say @{script='protection';services=$s;trend=$t;defender=$d}
    """,  # noqa: E501
)
"""The state of Defender is only asked where its service runs: elsewhere the cmdlet fails."""

PATCHES: Final = _script(
    "patches",
    r"""
    try{
    $q=(New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
    $q.Online=$false
    $f=$q.Search("IsInstalled=0 and IsHidden=0 and Type='Software'")
    if($f.ResultCode -ne 2){throw "search ended with result $($f.ResultCode)"}
    $u=@($f.Updates|ForEach-Object{@{kb="$(@($_.KBArticleIDs)[0])";title="$($_.Title)";severity="$($_.MsrcSeverity)"}})
    $l=(New-Object -ComObject Microsoft.Update.AutoUpdate).Results.LastSearchSuccessDate
    $h=@(Get-HotFix|Where-Object{$_.InstalledOn}|Sort-Object InstalledOn)
    $i=$null;if($h.Count){$i=$h[-1].InstalledOn}
    $c='HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion'
    $b=(Test-Path "$c\Component Based Servicing\RebootPending") -or (Test-Path "$c\WindowsUpdate\Auto Update\RebootRequired")
    Say @{script='patches';missing=$u;searched=$l;installed=$i;reboot=$b}
    }catch{
    $w="$env:ProgramData\Lineguard\patches.json"
    if(Test-Path $w){Get-Content -Raw $w}else{throw}}
    """,  # noqa: E501
)
"""Newer Windows (11, Server 2025) refuses the update search to whoever came in over SSH. There a
scheduled task of the host writes the same to that file (`windows_patches_task.ps1`)."""

SCRIPTS: Final = (LOAD, DISKS, events(None), events(0), PROTECTION, PATCHES)
"""The allow-list. `events` is completed with a whole number."""

COMMAND: Final = "powershell -NoProfile -NonInteractive -EncodedCommand "
COMMAND_LIMIT: Final = 8_191
"""Characters of one command line of cmd.exe, the default shell of Windows' SSH server."""


def command(script: str) -> str:
    """The command line that runs a script: its UTF-16 in base64, so that no shell reads it."""
    return COMMAND + base64.b64encode(script.encode("utf-16-le")).decode("ascii")
