"""Tutorial 2, a worker: worker.py HOST PORT QUEUE"""

import time

from tutorial import QUEUES, connect, consume


def callback(channel, method, properties, body):
    print(f" [x] Received '{body.decode()}'", flush=True)
    time.sleep(body.count(b"."))
    print(" [x] Done", flush=True)
    channel.basic_ack(method.delivery_tag)


channel, (queue,) = connect()
channel.queue_declare(queue, **QUEUES["quorum"])
channel.basic_qos(prefetch_count=1)
channel.basic_consume(queue, callback)
consume(channel)
