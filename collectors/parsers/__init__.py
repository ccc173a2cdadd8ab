"""From a device's answer to facts: pure functions that refuse what they do not understand whole."""
