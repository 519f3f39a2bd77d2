"""Serves stock moto, one request at a time.

    moto_serial.py PORT

moto looks whether an object exists and then writes it in two steps (5.2.5, s3/responses.py, put_object), and its server
answers requests in threads: two writes with If-None-Match may both succeed. S3 does both at once, so here nobody
comes in between.
"""

import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

app = DomainDispatcherApplication(create_backend_app)
alone = threading.Lock()


def one_at_a_time(environ, start_response):
    with alone:
        return list(app(environ, start_response))


run_simple("127.0.0.1", int(sys.argv[1]), one_at_a_time, threaded=True)
