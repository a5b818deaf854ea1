"""The numbers that the paper prints, as data; where its page and code differ, a column says so."""
