#!/usr/bin/env python3
"""Counts the findings of `djc check` on public packages: the table in docs/book/lints.md.

    count_lints.py [--djc target/debug/djc] [PACKAGE==VERSION ...]

Downloads the packages with pip into a temporary folder, wraps their definitions (wrap_definitions.py) and checks each package as one
0.14 project. Nothing of a package is kept.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULT = ["spyglass-neuro==0.6.0", "element-array-ephys==0.2.11"]


def count(djc, requirement, folder):
    wheels, source, project = folder / "wheels", folder / "source", folder / "project"
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels, requirement], check=True)
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wheel.extractall(source)
    package = next(path for path in sorted(source.iterdir()) if (path / "__init__.py").exists())
    subprocess.run([sys.executable, HERE / "wrap_definitions.py", package, "-o", project], check=True, stdout=sys.stderr)
    # `missing-comment` is off by default and worth a number; contents are not in the definitions, so lookups cannot be judged.
    with (project / "djc.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[check]\ndeny = ["missing-comment"]\n')
    run = subprocess.run([djc, "check", "--format", "json"], cwd=project, capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    found = json.loads(run.stdout)["diagnostics"]
    (folder / "findings.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    return Counter(diagnostic["code"] for diagnostic in found)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--djc", default="target/debug/djc")
    arguments.add_argument("packages", nargs="*", default=DEFAULT)
    options = arguments.parse_args()
    djc = Path(options.djc).resolve()
    listed = json.loads(subprocess.run([djc, "explain", "--format", "json"], check=True, capture_output=True, text=True).stdout)
    columns = []
    for requirement in options.packages:
        with tempfile.TemporaryDirectory() as folder:
            columns.append(count(djc, requirement, Path(folder)))
    print("| code | name | level | " + " | ".join(options.packages) + " |")
    print("|---|---|---|" + "---:|" * len(columns))
    for code in listed["codes"]:
        is_lint = code["code"].startswith("DJ03")
        if is_lint or any(code["code"] in column for column in columns):
            numbers = " | ".join(str(column.get(code["code"], 0)) for column in columns)
            print(f"| {code['code']} | `{code['name']}` | {code['level']} | {numbers} |")


if __name__ == "__main__":
    main()
