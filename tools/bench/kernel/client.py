"""Drives kernels as Jupyter's own client does; one JSON command a line on standard input, one JSON answer a line on standard output.

    {"do": "start", "kernel": NAME, "folder": CWD}   -> {"seconds"}: from the start of the process to the first answer
    {"do": "cells", "kernel": NAME, "codes": [...]}  -> {"ms": [...], "failed": first error or null}
    {"do": "probe", "kernel": NAME, "cells": [{"code", "interrupt": seconds or absent}]}
                                                     -> {"ran": [{"status", "text", "error"}]}: what each cell replied and showed
    {"do": "memory", "kernel": NAME}                 -> {"mib"}: resident memory of the kernel and the processes it started
    {"do": "stop", "kernel": NAME}                   -> {}
"""

import json
import queue
import subprocess
import sys
import threading
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


def probe(kernel, cells):
    manager, client = running[kernel]
    ran = []
    for cell in cells:
        texts, errors, status = [], [], "silent"
        timer = threading.Timer(cell["interrupt"], manager.interrupt_kernel) if "interrupt" in cell else None
        request = client.execute(cell["code"], allow_stdin=False, stop_on_error=False)
        if timer:
            timer.start()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                message = client.get_iopub_msg(timeout=1)
            except queue.Empty:
                if not manager.is_alive():
                    break
                continue
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != request:
                late(message, ran)
                continue
            if kind == "stream":
                texts.append(content["text"])
            elif kind == "execute_result":
                texts.append(content["data"].get("text/plain", ""))
            elif kind == "error":
                errors.append("\n".join([content["ename"], *content["traceback"]]))
            elif kind == "status" and content["execution_state"] == "idle":
                status = reply(client, request)
                break
        if timer:
            timer.cancel()
        ran.append({"status": status, "text": "".join(texts), "error": "\n".join(errors)})
        if status == "silent":  # it hangs or is gone; nothing more can be learnt from it
            break
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        try:
            late(client.get_iopub_msg(timeout=0.1), ran)
        except queue.Empty:
            pass
    return {"ran": ran}


def late(message, ran):
    """Output that arrives when its cell is over is the latest cell's."""
    kind, content = message["msg_type"], message["content"]
    if ran and kind == "stream":
        ran[-1]["text"] += content["text"]
    elif ran and kind == "execute_result":
        ran[-1]["text"] += content["data"].get("text/plain", "")


def reply(client, request):
    while True:
        try:
            message = client.get_shell_msg(timeout=10)
        except queue.Empty:
            return "silent"
        if message["parent_header"].get("msg_id") == request:
            return message["content"]["status"]


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


commands = {"start": start, "cells": cells, "probe": probe, "memory": memory, "stop": stop}
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
