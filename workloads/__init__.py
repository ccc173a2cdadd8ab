"""A room kept for telephony, tickets and monitoring as declared, deployed and watched services. Empty yet."""
