"""Taking in what devices and monitoring systems say unasked: traps, syslog, alerts."""
