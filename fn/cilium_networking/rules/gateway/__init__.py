"""CN8xx: Gateways and Ingresses, and the Services that Cilium makes for them."""
