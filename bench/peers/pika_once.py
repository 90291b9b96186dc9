"""pika_once.py URL QUEUE BODY: declares a quorum queue and sends one message, confirmed."""

import sys
import uuid

import pika

url, queue, body = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
channel.confirm_delivery()
properties = pika.BasicProperties(
    content_type="text/plain", delivery_mode=2, message_id=str(uuid.uuid4())
)
channel.basic_publish("", queue, body.encode(), properties, mandatory=True)
print(f" [x] Sent '{body}'")
connection.close()
