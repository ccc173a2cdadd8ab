"""The ticket mirror: every incident stands in the ticket service exactly once, and what is done
there comes back."""
