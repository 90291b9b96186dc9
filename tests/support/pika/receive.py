"""Receives one message: receive.py HOST PORT QUEUE quorum|classic"""

from hello import connect


def callback(channel, method, properties, body):
    print(f" [x] Received {body}")
    channel.basic_ack(method.delivery_tag)
    channel.stop_consuming()


connection, channel, queue = connect()
channel.basic_qos(prefetch_count=1)
channel.basic_consume(queue=queue, on_message_callback=callback)
print(" [*] Waiting for messages. To exit press CTRL+C", flush=True)
channel.start_consuming()
connection.close()
