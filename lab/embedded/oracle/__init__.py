"""A practice Oracle listener: TNS and TTC as python-oracledb's thin mode speaks them.

`wire` and `values` are the codec, `packets` the transport, `messages` and `calls` what the server
says and hears, `login` the proof of the password, `data` and `answers` what it tells, `listener`
the port. What the protocol is was learnt from the driver's own sources (UPL-1.0 or Apache-2.0).
"""
