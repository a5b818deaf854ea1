"""Write how the runs stand as one page for a browser."""
