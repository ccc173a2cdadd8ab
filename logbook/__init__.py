"""The logbook: append-only, hash-chained, signed; and the evidence its entries rest on."""
