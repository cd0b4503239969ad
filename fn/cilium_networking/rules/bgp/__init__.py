"""CN2xx: BGP instances, their peers, and what they tell one another."""
