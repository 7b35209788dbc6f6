"""Holds rows against the official validator of FOCUS 1.2, whose exit code does not tell.

usage: focus.py FILE [CRITERION...]    answers, as JSON, how many checks passed and which failed
"""

import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import focus_validator

# Its own condition is empty in the model, so that it fails for every invoice id; one arm of the rule C-003, which passes.
ALLOWED = {"InvoiceId-C-004-C"}


def main():
    rows, criteria = Path(sys.argv[1]).resolve(), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # It reads its currencies below the current directory, and logs there.
        (folder / "focus_validator").symlink_to(Path(focus_validator.__file__).parent)
        result = folder / "result.xml"
        call = [Path(sys.executable).parent / "focus-validator", "--data-file", rows, "--validate-version", "1.2.0.1"]
        call += ["--block-download", "--output-type", "unittest", "--output-destination", result]
        if criteria:
            call += ["--applicability-criteria", ",".join(criteria)]
        run = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
        if run.returncode != 0 or not result.exists():
            sys.exit(f"focus-validator ended with {run.returncode}\n{run.stdout}\n{run.stderr}")
        cases = list(ElementTree.parse(result).iter("testcase"))
    passed, failed, allowed = 0, [], []
    for case in cases:
        trouble = case.find("failure")
        if trouble is None:
            trouble = case.find("error")
        name = case.get("name")
        if trouble is not None:
            is_allowed = any(one in name for one in ALLOWED)
            (allowed if is_allowed else failed).append(f"{name}: {trouble.get('message')} {trouble.text or ''}".strip())
        elif case.find("skipped") is None:
            passed += 1
    print(json.dumps({"passed": passed, "failed": failed, "allowed": allowed}))


main()
