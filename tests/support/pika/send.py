"""Sends one message: send.py HOST PORT QUEUE quorum|classic BODY"""

import sys

from hello import connect

body = sys.argv[5]
connection, channel, queue = connect()
channel.basic_publish(exchange="", routing_key=queue, body=body)
print(f" [x] Sent '{body}'")
connection.close()
