"""Tutorials 3, 4 and 5, the receiver: receive_logs.py HOST PORT EXCHANGE KIND BINDING_KEY…"""

from tutorial import connect, consume


def callback(channel, method, properties, body):
    print(f" [x] {method.routing_key}:{body.decode()}", flush=True)


channel, (exchange, kind, *binding_keys) = connect()
channel.exchange_declare(exchange, kind)
queue = channel.queue_declare("", exclusive=True).method.queue
for key in binding_keys:
    channel.queue_bind(queue=queue, exchange=exchange, routing_key=key)
channel.basic_consume(queue, callback, auto_ack=True)
consume(channel)
