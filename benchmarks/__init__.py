"""Speed of exograph as ratios to its peers, measured side by side in one run: ``python -m benchmarks``."""
