"""CN5xx: the API of the target release, the settings, the inventory, and what a template left unfilled."""
