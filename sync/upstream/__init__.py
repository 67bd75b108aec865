"""The way to the upstream: requests over HTTP, pokes by server-sent events."""
