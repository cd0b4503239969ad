"""CN1xx: addresses of pools, and who asks for them."""
