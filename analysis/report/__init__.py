"""One page that shows a study to a reader: a single HTML file that needs no network, no server and no other file.

    python -m analysis report

`studies` reads run folders and makes tables and figures as the other commands do; a module of its own makes each part
of the page from them with its template in `templates/`, and `page` puts the parts together with the styles and scripts
of `assets/`. Templates escape all text; in them `{##}` at the end of a line joins the next one to it.
"""
