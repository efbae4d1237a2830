"""Start-up and one-line latency of kernels, interleaved in one run, as a Jupyter client sees them."""

import argparse
import json
import statistics
import time

from jupyter_client.manager import start_new_kernel

ONE_LINERS = {
    "fovea": lambda i: f"const v{i} = {i}; v{i} + 1",
    "tslab": lambda i: f"const v{i} = {i}; v{i} + 1",
    "deno": lambda i: f"const v{i} = {i}; v{i} + 1",
    "python3": lambda i: f"v{i} = {i}; v{i} + 1",
}


def quiet(_message):
    """Drops outputs."""


def measure(name, cells):
    start = time.perf_counter()
    manager, client = start_new_kernel(kernel_name=name, startup_timeout=60)
    ready = time.perf_counter() - start
    try:
        client.execute_interactive("1", timeout=60, output_hook=quiet)
        first = time.perf_counter() - start - ready
        times = []
        for i in range(cells):
            begin = time.perf_counter()
            client.execute_interactive(ONE_LINERS[name](i), timeout=60, output_hook=quiet)
            times.append((time.perf_counter() - begin) * 1000)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    times.sort()
    return {
        "ready_s": ready,
        "first_cell_s": first,
        "median_ms": statistics.median(times),
        "p95_ms": times[int(len(times) * 0.95)],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kernels", nargs="*", default=["fovea", "python3"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", type=int, default=40)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    samples = {name: [] for name in options.kernels}
    for _ in range(options.rounds):
        for name in options.kernels:
            samples[name].append(measure(name, options.cells))
    for name, rows in samples.items():
        middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        print(name, ", ".join(f"{key} {value:.2f}" for key, value in middle.items()))
    if options.json:
        with open(options.json, "w", encoding="utf8") as file:
            json.dump(samples, file, indent=2)


if __name__ == "__main__":
    main()
