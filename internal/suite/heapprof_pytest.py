# Loaded into pytest by heapprof test: runs each test's own function in a forked process, whose heap is recorded from
# the fork on. Fixtures are set up and torn down in pytest's process, as always.
import base64
import gc
import json
import os
import pickle
import sys

import pytest

RESULTS = os.environ["HEAPPROF_PYTEST_RESULTS"]
PASSED = b'{"kind": "passed"}'
pids = {}  # of the process of each test that has run, until what came of it is written


class Failed(Exception):
    """What a test raised in its process, where it cannot be carried over: its text."""


def _outcome(item, run):
    """Runs the test, and returns what it came to as a dictionary; None where it has passed."""
    try:
        run()
        # unittest's tests keep what was raised.
        kept = getattr(item, "_excinfo", None)
        if not kept:
            return None
        raised = kept[0]
        error = raised.value
    except BaseException as e:  # also what skips a test
        raised = pytest.ExceptionInfo.from_exc_info(sys.exc_info())
        error = e
    if isinstance(error, pytest.skip.Exception):
        return {"kind": "skipped", "text": error.msg or ""}
    if isinstance(error, pytest.xfail.Exception):
        return {"kind": "xfailed", "text": error.msg or ""}
    result = {"kind": "failed", "text": str(item.repr_failure(raised))}
    try:
        kept = pickle.dumps(error)
        pickle.loads(kept)
        result["error"] = base64.b64encode(kept).decode()
    except Exception:
        pass
    return result


def _run_forked(item, run):
    path = os.path.join(RESULTS, "%d.%d" % (os.getpid(), _run_forked.number))
    _run_forked.number += 1
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            gc.collect()  # of pytest's garbage; and the next collection is when it is in each run
            result = _outcome(item, run)
            sys.stdout.flush()
            sys.stderr.flush()
            # No file object, whose buffer would be the largest thing that most tests have.
            fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, PASSED if result is None else json.dumps(result).encode())
            os.close(fd)
            status = 1 if result and result["kind"] == "failed" else 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(pid, 0)
    try:
        with open(path) as f:
            result = json.load(f)
        os.unlink(path)
    except (OSError, ValueError):
        how = "signal %d" % os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else "status %d" % os.WEXITSTATUS(ended)
        result = {"kind": "failed", "text": "the test's process ended with " + how}
    # Of tests that lie elsewhere pytest's own names have no file.
    name = item.path.name + item.nodeid if item.nodeid.startswith("::") and hasattr(item, "path") else item.nodeid
    pids[item.nodeid] = pid, name
    if result["kind"] == "skipped":
        pytest.skip(result["text"])
    if result["kind"] == "xfailed":
        pytest.xfail(result["text"])
    if result["kind"] == "failed":
        item._heapprof_text = result["text"]
        if "error" in result:
            raise pickle.loads(base64.b64decode(result["error"]))
        raise Failed(result["text"])


_run_forked.number = 0


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_call(item):
    run = item.runtest
    item.runtest = lambda: _run_forked(item, run)
    yield
    del item.runtest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    text = getattr(item, "_heapprof_text", None)
    if text and call.when == "call" and report.failed:
        report.longrepr = text  # with the lines of the test, not of this file


def pytest_runtest_logreport(report):
    if report.when != "call" or report.nodeid not in pids:
        return
    pid, name = pids.pop(report.nodeid)
    path = os.path.join(RESULTS, "%d" % pid)
    with open(path + ".part", "w") as f:
        json.dump({"Name": name, "PID": pid, "Outcome": report.outcome}, f)
    os.rename(path + ".part", path + ".json")
