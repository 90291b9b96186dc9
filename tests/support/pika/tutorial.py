"""What these programs share: how to reach the broker, and what RabbitMQ's tutorials declare."""

import os
import sys

import pika

# The arguments of a queue that has a name: today's, and those of the older tutorials.
QUEUES = {
    "quorum": {"durable": True, "arguments": {"x-queue-type": "quorum"}},
    "classic": {},
    "stream": {"durable": True, "arguments": {"x-queue-type": "stream"}},
}


def connect():
    """Connects to HOST and PORT; returns a channel and the arguments after these two."""
    host, port, *arguments = sys.argv[1:]
    login = pika.PlainCredentials(os.environ["AMQP_USER"], os.environ["AMQP_PASSWORD"])
    connection = pika.BlockingConnection(
        pika.ConnectionParameters(host=host, port=int(port), credentials=login)
    )
    return connection.channel(), arguments


def consume(channel):
    """Says that messages can come, and takes them until this program is killed."""
    print(" [*] Waiting for messages. To exit press CTRL+C", flush=True)
    channel.start_consuming()
