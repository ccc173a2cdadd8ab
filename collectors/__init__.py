"""Collectors ask devices over their own protocols and give back frozen readings. They judge nothing."""
