"""Tutorial 6, the server: rpc_server.py HOST PORT QUEUE"""

import pika

from tutorial import QUEUES, connect, consume


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def callback(channel, method, properties, body):
    print(f" [.] fib({int(body)})", flush=True)
    channel.basic_publish(
        exchange="",
        routing_key=properties.reply_to,
        body=str(fibonacci(int(body))),
        properties=pika.BasicProperties(correlation_id=properties.correlation_id),
    )
    channel.basic_ack(method.delivery_tag)


channel, (queue,) = connect()
channel.queue_declare(queue, **QUEUES["quorum"])
channel.basic_qos(prefetch_count=1)
channel.basic_consume(queue, callback)
consume(channel)
