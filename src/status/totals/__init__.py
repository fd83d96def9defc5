"""How often the checks of this host have run, hung and raised: what all processes of the site have counted, added up.

A scrape reaches any of them, and what one alone has counted would go up and down with who answers. So each writes what
it has counted into one small file and reads what the others have; and so with what it has read of servers that count
themselves.
"""
