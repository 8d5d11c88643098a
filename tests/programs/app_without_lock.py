"""Show that the lock round the network is needed: without it eight threads make MindSpore hang, crash or answer wrongly.

Run with the stack's Python and the rendered inference folder, with weights, on PYTHONPATH.
"""

import contextlib
import subprocess
import sys

ATTEMPTS = 5
SECONDS = 60  # some hang


def ask_from_threads():
    """Run the check of the threads with a lock that does not lock."""
    import app_faults
    import model

    model.NETWORK_LOCK = contextlib.nullcontext()
    app_faults.check_threads(count=2000)


def main():
    if sys.argv[1:] == ["--once"]:
        ask_from_threads()
        return
    for _attempt in range(ATTEMPTS):
        try:
            run = subprocess.run(
                [sys.executable, __file__, "--once"], check=False, timeout=SECONDS, stderr=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            print("without the lock: it hangs")
            return
        if run.returncode:
            print(f"without the lock: exit code {run.returncode}")
            return
    sys.exit(f"{ATTEMPTS} runs without the lock were all right: the lock may no longer be needed.")


if __name__ == "__main__":
    main()
