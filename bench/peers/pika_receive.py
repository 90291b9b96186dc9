"""pika_receive.py URL QUEUE COUNT: prints each message and then acknowledges it."""

import sys

import pika

url, queue, count = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.basic_qos(prefetch_count=1000)
printed = 0


def callback(channel, method, properties, body):
    global printed
    print(f" [x] Received '{body.decode()}'", flush=True)
    channel.basic_ack(method.delivery_tag)
    printed += 1
    if printed == int(count):
        channel.stop_consuming()


channel.basic_consume(queue, callback)
channel.start_consuming()
connection.close()
