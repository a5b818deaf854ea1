"""Pages run the project's own scripts and nothing else, by a policy that the browser enforces."""

import base64
import hashlib
import re

from markupsafe import Markup

from analysis.report.page import page_html
from segment.review.page import page


def test_the_report_allows_its_own_script_alone():
    page = page_html([Markup("<section><script>alert('planted')</script></section>")], [])
    allowed = re.search(r"script-src ([^;]*);", page)[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts]
    assert len(scripts) == 2
    assert [digest == allowed for digest in hashes] == [False, True]


def test_a_section_that_no_template_made_is_text():
    page = page_html(["<section><script>alert('planted')</script></section>"], [])
    assert page.count("<script>") == 1
    assert "&lt;section&gt;&lt;script&gt;alert(" in page


def test_the_segmentation_page_allows_none():
    counts = {"masks": {"<script>": "'"}, "masks_sha256": "", "clips": 1, "frames": 1}
    written = page("t", counts | {"missing": {}, "untouched_frames": {}, "flags": {}}, "data:", {}, [], [], {})
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', written)[1]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in written
