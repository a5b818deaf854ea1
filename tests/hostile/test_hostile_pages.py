"""Pages run the project's own scripts and nothing else, by a policy that the browser enforces."""

import base64
import hashlib
import re

from analysis.report.page import page_html
from segment.review.page import POLICY


def test_the_report_allows_its_own_script_alone():
    page = page_html(["<section><script>alert('planted')</script></section>"])
    allowed = re.search(r"script-src ([^;]*);", page)[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts]
    assert len(scripts) == 2
    assert [digest == allowed for digest in hashes] == [False, True]


def test_the_segmentation_page_allows_none():
    assert "default-src 'none'" in POLICY
    assert "script-src" not in POLICY
