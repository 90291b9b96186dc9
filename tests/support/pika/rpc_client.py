"""Tutorial 6, the client: rpc_client.py HOST PORT QUEUE N"""

import uuid

import pika

from tutorial import connect

correlation_id = str(uuid.uuid4())


def callback(channel, method, properties, body):
    if properties.correlation_id == correlation_id:
        print(f" [.] Got {int(body)}")
        channel.stop_consuming()


channel, (queue, n) = connect()
replies = channel.queue_declare("", exclusive=True).method.queue
channel.basic_consume(replies, callback, auto_ack=True)
channel.basic_publish(
    exchange="",
    routing_key=queue,
    body=n,
    properties=pika.BasicProperties(reply_to=replies, correlation_id=correlation_id),
)
channel.start_consuming()
channel.connection.close()
