"""The last hour's observations of all processes of this site on this host, for the website.

A site has many processes and each page is made by another one. What each has observed stands together in one small
file, so that all tell the same story: since when, and how it went before. Probes and checks never wait for it.
"""
