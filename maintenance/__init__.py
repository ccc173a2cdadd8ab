"""The maintenance schedule carried out: calendar, slots, rounds, and the watch between them."""
