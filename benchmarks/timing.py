"""What the measurements share."""

import statistics
import time


def median(call, count):
    """Return the median seconds of count calls, after one that is not counted."""
    call()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
