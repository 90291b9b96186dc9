"""Connects to HOST, PORT and declares QUEUE, all from argv, as RabbitMQ's tutorials do."""

import os
import sys

import pika

# What a tutorial declares: today's, in every language, and the older ones.
VARIANTS = {
    "quorum": {"durable": True, "arguments": {"x-queue-type": "quorum"}},
    "classic": {},
}


def connect():
    host, port, queue, variant = sys.argv[1:5]
    login = pika.PlainCredentials(os.environ["AMQP_USER"], os.environ["AMQP_PASSWORD"])
    connection = pika.BlockingConnection(
        pika.ConnectionParameters(host=host, port=int(port), credentials=login)
    )
    channel = connection.channel()
    channel.queue_declare(queue=queue, **VARIANTS[variant])
    return connection, channel, queue
