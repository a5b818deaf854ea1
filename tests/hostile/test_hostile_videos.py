"""Files called .mp4 that are scripts or playlists, which a decoder would follow to other files."""

from pathlib import Path

import pytest
from support.hostile_support import Canary, attempted
from support.made_videos import encoded, moving_noise

from xdomain.datasets.diving48.video import decode_all

SCRIPTS = {
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
    "subtitles": "1\n00:00:00,000 --> 00:00:09,000\n{target}\n",
    "session": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    "manifest": "<MPD><Period><AdaptationSet><BaseURL>{target}</BaseURL></AdaptationSet></Period></MPD>",
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_a_video_that_is_a_script(tmp_path: Path, canary: Canary, kind):
    target = canary.folder / "private" / "video.mp4"
    target.write_bytes(encoded(moving_noise(4)))
    seen = Canary(canary.folder)
    assert decode_all(target).shape[0] == 4  # what it names could be decoded
    script = tmp_path / "clip.mp4"
    script.write_text(SCRIPTS[kind].format(target=target))
    outcome = attempted(lambda: decode_all(script))
    outcome.assert_refused("clip.mp4")
    seen.assert_untouched(outcome)
