"""Tutorials 3, 4 and 5, the sender: emit_log.py HOST PORT EXCHANGE KIND ROUTING_KEY BODY"""

from tutorial import connect

channel, (exchange, kind, routing_key, body) = connect()
channel.exchange_declare(exchange, kind)
channel.basic_publish(exchange=exchange, routing_key=routing_key, body=body)
print(f" [x] Sent '{body}'")
channel.connection.close()
