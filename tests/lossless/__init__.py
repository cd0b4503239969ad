"""Tests of the room that knows YAML; a package, because they share what is adversarial."""
