"""CN6xx, clusters: several of them in one network or one mesh."""
