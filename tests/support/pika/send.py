"""Tutorials 1 and 2, the sender: send.py HOST PORT QUEUE KIND BODY"""

import pika

from tutorial import QUEUES, connect

channel, (queue, kind, body) = connect()
channel.queue_declare(queue, **QUEUES[kind])
persistent = pika.BasicProperties(delivery_mode=2)
channel.basic_publish(exchange="", routing_key=queue, body=body, properties=persistent)
print(f" [x] Sent '{body}'")
channel.connection.close()
