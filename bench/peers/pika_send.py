"""pika_send.py URL QUEUE FILE: each line is a message; the publish waits for its confirmation."""

import sys
import uuid

import pika

url, queue, file = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.confirm_delivery()
with open(file, "rb") as lines:
    for line in lines:
        properties = pika.BasicProperties(
            content_type="text/plain", delivery_mode=2, message_id=str(uuid.uuid4())
        )
        channel.basic_publish("", queue, line[:-1], properties, mandatory=True)
connection.close()
