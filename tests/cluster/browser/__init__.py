"""The pages in a real browser, headless and without network (pytest -m cluster: chromium is installed for it)."""
