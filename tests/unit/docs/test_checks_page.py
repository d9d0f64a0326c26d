"""The page of the checks shows what its example prints."""

import json
import os
import subprocess
import sys
from pathlib import Path

from docs.tools.examples import PAGES, parse, unpack
from tests.synthesis import FLAGS

PAGE = PAGES.parent / "checks.md"


def test_the_example_is_warned_of_as_the_page_says(tmp_path: Path) -> None:
    text = PAGE.read_text()
    example = parse("checks", text)
    unpack([example], tmp_path)
    quiet = {"@aws-cdk/core:failSynthOnValidationErrors": False}
    settings = {
        "CDK_CONTEXT_JSON": json.dumps(FLAGS | quiet),
        "CDK_OUTDIR": str(tmp_path / "cdk.out"),
        "CDK_VALIDATION": "false",
    }
    subprocess.run([sys.executable, "-c", example.code], cwd=tmp_path, env=os.environ | settings, check=True)
    [report] = [
        each
        for each in json.loads((tmp_path / "cdk.out" / "validation-report.json").read_text())["pluginReports"]
        if each["pluginName"] == "Thaw"
    ]
    [finding] = [each for each in report["violations"] if each["ruleName"] == "THAW162"]
    shown = text.partition("```text\n")[2].partition("```")[0]
    assert f"WARNING {finding['description']} (Thaw)\n" in shown
    assert all(line in shown for line in finding["suggestedFix"].split("\n"))
    assert [each["ruleName"] for each in report["suppressedViolations"]] == ["THAW171"]
