"""CN6xx, GitOps: what Flux puts into objects, and workloads that do not fit their Services."""
