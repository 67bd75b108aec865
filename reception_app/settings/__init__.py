"""What a desk is set to: its look, its paper, its name."""
