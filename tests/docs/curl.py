"""The little of curl that the documents use, for a machine without it: `-s`, `-i`, `-X`, `-H`, `-o /dev/null`, `-w`."""

from __future__ import annotations

import argparse
import http.client
import sys
from urllib.parse import urlsplit


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-i", action="store_true")
    parser.add_argument("-X", default="GET")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-o")
    parser.add_argument("-w", default="")
    options = parser.parse_args(argv)
    url = urlsplit(options.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    target = url.path + (f"?{url.query}" if url.query else "")
    connection.request(options.X, target, headers=dict(header.split(": ", 1) for header in options.H))
    response = connection.getresponse()
    content = response.read().decode()
    if options.i:
        print(f"HTTP/1.1 {response.status} {response.reason}", response.headers.as_string(), sep="\n", end="")
    if not options.o:
        sys.stdout.write(content)
    sys.stdout.write(options.w.replace("%{http_code}", str(response.status)).replace("\\n", "\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
