"""From run folders to tables and figures. It reads files only and imports neither torch nor the launcher."""
