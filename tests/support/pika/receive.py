"""Tutorials 1, 7 and 8, the receiver: receive.py HOST PORT QUEUE KIND"""

from tutorial import QUEUES, connect, consume


def callback(channel, method, properties, body):
    print(f" [x] Received '{body.decode()}'", flush=True)
    channel.basic_ack(method.delivery_tag)


channel, (queue, kind) = connect()
channel.queue_declare(queue, **QUEUES[kind])
# A stream is delivered only within a prefetch, and from its end unless told otherwise.
channel.basic_qos(prefetch_count=100)
offset = {"x-stream-offset": "first"} if kind == "stream" else {}
channel.basic_consume(queue, callback, arguments=offset)
consume(channel)
