"""CN7xx: the Helm values of the CNI."""
