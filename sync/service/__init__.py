"""An authority over HTTP: routes, pokes and the description of both."""
