# For a scheduled task of a Windows host, daily, as SYSTEM: what Windows Update found missing, for
# Lineguard to read. Needed where the update search is refused over SSH (Windows 11, Server 2025).
# Only administrators may be able to write the folder.
$ErrorActionPreference = 'Stop'
$q = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
$q.Online = $false
$f = $q.Search("IsInstalled=0 and IsHidden=0 and Type='Software'")
if ($f.ResultCode -ne 2) { throw "search ended with result $($f.ResultCode)" }
$u = @($f.Updates | ForEach-Object { @{ kb = "$(@($_.KBArticleIDs)[0])"; title = "$($_.Title)"; severity = "$($_.MsrcSeverity)" } })
$h = @(Get-HotFix | Where-Object { $_.InstalledOn } | Sort-Object InstalledOn)
$i = $null
if ($h.Count) { $i = $h[-1].InstalledOn }
$c = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion'
$b = (Test-Path "$c\Component Based Servicing\RebootPending") -or (Test-Path "$c\WindowsUpdate\Auto Update\RebootRequired")
$l = (New-Object -ComObject Microsoft.Update.AutoUpdate).Results.LastSearchSuccessDate
$d = @{ script = 'patches'; missing = $u; searched = $l; installed = $i; reboot = $b }
$w = "$env:ProgramData\Lineguard"
New-Item -ItemType Directory -Force $w | Out-Null
ConvertTo-Json -InputObject $d -Depth 4 -Compress | Set-Content -Encoding UTF8 "$w\patches.json"
