"""The page's styles and scripts, each file one idea; `page` puts them into the file as they are."""
