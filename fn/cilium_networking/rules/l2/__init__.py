"""CN3xx: L2 announcements."""
