"""What exists: sites, devices with their kinds and traits, people with their roles."""
