"""Drives kernels as Jupyter's own client does; one JSON command a line on standard input, one JSON answer a line on standard output.

    {"do": "start", "kernel": NAME, "folder": CWD}   -> {"seconds"}: from the start of the process to the first answer
    {"do": "cells", "kernel": NAME, "codes": [...]}  -> {"ms": [...], "failed": first error or null}
    {"do": "memory", "kernel": NAME}                 -> {"mib"}: resident memory of the kernel and the processes it started
    {"do": "stop", "kernel": NAME}                   -> {}
"""

import json
import subprocess
import sys
import time

from jupyter_client.manager import KernelManager

running = {}


def start(kernel, folder):
    begin = time.perf_counter()
    manager = KernelManager(kernel_name=kernel)
    manager.start_kernel(cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    running[kernel] = (manager, client)
    return {"seconds": time.perf_counter() - begin}


def cells(kernel, codes):
    _, client = running[kernel]
    times, failed = [], None
    for code in codes:
        errors = []
        hear = lambda message: errors.append(message) if message["msg_type"] == "error" else None
        begin = time.perf_counter()
        reply = client.execute_interactive(code, timeout=180, output_hook=hear, allow_stdin=False)
        times.append((time.perf_counter() - begin) * 1000)
        if failed is None and (errors or reply["content"]["status"] != "ok"):
            failed = errors[0]["content"]["evalue"] if errors else reply["content"].get("evalue", "no reason given")
    return {"ms": times, "failed": failed}


def memory(kernel):
    manager, _ = running[kernel]
    table = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, row.split())) for row in table.splitlines()]
    family, total = {manager.provisioner.pid}, 0
    for _ in range(4):  # grandchildren may be listed before their parents
        family |= {pid for pid, parent, _ in rows if parent in family}
    for pid, _, rss in rows:
        total += rss if pid in family else 0
    return {"mib": total / 1024}


def stop(kernel):
    manager, client = running.pop(kernel)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return {}


commands = {"start": start, "cells": cells, "memory": memory, "stop": stop}
try:
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = commands[command.pop("do")](**command)
        except Exception as error:  # the benchmark goes on without this kernel
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
finally:
    for name in list(running):
        stop(name)
