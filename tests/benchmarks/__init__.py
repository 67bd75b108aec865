"""What the product costs, each figure beside its floor: the same work with nothing of ours.

`python -m tests.benchmarks` measures all of it; docs/performance.md says what each figure means.
"""
