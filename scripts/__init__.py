"""What people who work on the project run beside the checks."""
