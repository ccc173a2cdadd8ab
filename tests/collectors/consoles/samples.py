"""What VRP devices print, in the shapes A to I. Sources: a Huawei driver's recorded answers (A, B),
command references and real USG sessions; names and numbers are the sources' own."""

from __future__ import annotations

CPU_A = """\
CPU Usage Stat. Cycle: 60 (Second)
CPU Usage            : 28% Max: 87%
CPU Usage Stat. Time : 2022-01-13  18:57:06 
CPU utilization for five seconds: 28%: one minute: 31%: five minutes: 20%
Max CPU Usage Stat. Time : 2021-10-05 17:50:44.
"""
CPU_AP = "CPU Usage: 2.4% Max: 90.2%\n"
CPU_B = """\
Cpu utilization statistics at 2021-02-25 10:46:53 787 ms
System cpu use rate is : 54%
Cpu utilization for five seconds: 54% ;  one minute: 53% ;  five minutes: 29%.
Max CPU Usage : 99%
Max CPU Usage Stat. Time : 2021-02-24 23:12:09 552 ms
---------------------------
ServiceName  UseRate
---------------------------
SYSTEM             54%
---------------------------
CPU Usage Details
----------------------------------------------------------------
CPU     Current  FiveSec   OneMin  FiveMin  Max MaxTime
----------------------------------------------------------------
cpu3        97%      97%      95%      40%  99% 2021-02-24 23:12:09
"""
CPU_C = "System CPU Using Percentage :   9%\n"
MEMORY_D = """\
 Memory utilization statistics at 2022-01-13 18:57:06 100 ms
 System Total Memory Is: 1598029824 bytes
 Total Memory Used Is: 351566561 bytes
 Memory Using Percentage Is: 22%
"""
MEMORY_D_KBYTES = """\
 System Total Memory Is: 15766020 Kbytes
 Total Memory Used Is: 8829000 Kbytes
 Memory Using Percentage: 56%
"""
ALARMS_E = """\
1:Critical  2:Major  3:Minor  4:Warning
-------------------------------------------------------------------------------
Sequence   AlarmId    Level Date Time  Description
-------------------------------------------------------------------------------
1393       0xF10091   1     2024-01-02 The CA certificate is invalid. (CACertSta
                     20:53:26  rtTime=2022-02-14 06:48:00)
1394       0x813203C  3     2024-01-03 The interface status changes.
                     08:00:01
"""
FANS_F = """\
Slot  FanID   Online    Status    Speed     Mode     Airflow
-------------------------------------------------------------------------------
0     1       Present   Normal    55%       Auto     Side-to-Back
0     2       Present   Abnormal  0%        Auto     Side-to-Back
0     3       Absent    -         -         -        -
"""
POWER_G = """\
Slot    PowerID  Online   Mode   State      Power(W)
-------------------------------------------------------------------------------
0       PWR1     Present  AC     Supply     600.00
0       PWR2     Present  AC     NotSupply  600.00
0       PWR3     Absent   -      -          -
"""
TEMPERATURE_H = """\
 Slot  Card  Sensor Status    Current(C) Lower(C) Lower     Upper(C) Upper
                                                  Resume(C)          Resume(C)
-------------------------------------------------------------------------------
 0     NA    NA     Normal     37        0        4         63       59
 1     2     NA     Normal     51        0        4         63       59
"""
HRP_I = """\
2021-02-22 16:43:00.840
 Role: active, peer: standby
 Running priority: 45000, peer: 45000
 Backup channel usage: 0.00%
 Stable time: 0 days, 0 hours, 13 minutes
 Last state change information: 2021-02-22 16:30:24 HRP core state changed, old_
state = abnormal(active), new_state = normal, local_priority = 45000, peer_prior
ity = 45000.
"""
HRP_SWITCHED = ' Role: active, peer: standby (should be "standby-active")\n'
HRP_OLD = "The firewall's config state is : SLAVE\n"
REFUSED = """\
                      ^
Error: Unrecognized command found at '^' position.
"""
FORBIDDEN = "Error: You do not have permission to run the command or the command is incomplete.\n"
LOGBUFFER = """\
Logging buffer configuration and contents : enabled
Allowed max buffer size : 1024
Actual buffer size : 512
Channel number : 4 , Channel name : logbuffer
Dropped messages : 0
Overwritten messages : 167
Current messages : 3

Nov 21 2026 18:57:06+08:00 rt-1 %%01IFNET/4/LINK_STATE(l)[0]:The line protocol IP
 on the interface GigabitEthernet0/0/1 has entered the DOWN state.
Nov 21 2026 18:40:00+08:00 rt-1 %%01SHELL/5/LOGIN(s)[1]:VTY login from 10.1.1.9.
2026-11-20 08:00:00+08:00 rt-1 %%01SYS/6/BOOT(l)[2]:The device was started.
"""
