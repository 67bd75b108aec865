"""The domain, without Qt: people who visit the council and people the council visits."""
