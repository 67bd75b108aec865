"""Databases a node can stand on. The two differ here and nowhere else."""
