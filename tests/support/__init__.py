"""What the tests share: made runs, videos, servers and damages; files without tests of their own."""
