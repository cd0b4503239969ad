"""CN4xx: BGP objects that name or select one another, and whether anything is at the other end."""
