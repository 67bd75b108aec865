"""Reception: arrive, waiting, my counter. The screen of the queue."""
