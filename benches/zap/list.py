"""Lists alerts page by page with ZAP's own Python client: once for each line that it reads.

The line `ids` asks for the number of the alerts and the sum of their ids; any other for their number, the seconds that
it took to list them, and those of a processor.
"""

import sys
import time

from zapv2 import ZAPv2


def pages(zap, site, size):
    start = 1
    while True:
        page = zap.alert.alerts(baseurl=site, start=start, count=size)
        yield page
        if len(page) < size:
            return
        start += size


def main():
    url, site, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    zap = ZAPv2(apikey="a key", proxies={"http": url, "https": url})
    for line in sys.stdin:
        count = ids = 0
        begun, worked = time.perf_counter(), time.process_time()
        if line == "ids\n":
            for page in pages(zap, site, size):
                count += len(page)
                ids += sum(int(alert["id"]) for alert in page)
            print(count, ids, flush=True)
        else:
            for page in pages(zap, site, size):
                count += len(page)
            print(count, time.perf_counter() - begun, time.process_time() - worked, flush=True)


main()
