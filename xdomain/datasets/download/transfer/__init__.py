"""A file from a server: requests, resumed downloads, what a Dataverse lists."""
