"""The pieces that the page is put together of."""
