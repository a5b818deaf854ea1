"""How long a server asks us to wait: a number of seconds, or a date by its own clock."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO

import pytest
import requests
import urllib3

from xdomain.datasets.download.transfer.web import Transient, check_status

DATE = "Wed, 25 Nov 2026 10:00:00 GMT"


def wait_of(**headers: str) -> float:
    """The seconds that are waited after a 503 with these headers."""
    answer = requests.Response()
    answer.status_code, answer.reason = 503, "busy"
    answer.raw = urllib3.HTTPResponse(BytesIO(b""), preload_content=False)
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    with pytest.raises(Transient) as refused:
        check_status(answer)
    return refused.value.wait


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("Wed, 25 Nov 2026 10:00:40 GMT", 40),
        ("Wednesday, 25-Nov-26 10:01:00 GMT", 60),
        ("Wed, 25 Nov 2026 09:00:00 GMT", 0),
        ("soon", 0),
        ("", 0),
        ("-5", 0),
    ],
)
def test_the_wait_is_what_the_server_says(text, seconds):
    assert wait_of(Date=DATE, Retry_After=text) == seconds


def test_without_a_clock_of_the_server_ours_counts():
    later = datetime.now(UTC) + timedelta(seconds=3600)
    assert 3000 < wait_of(Retry_After=format_datetime(later, usegmt=True)) <= 3600
