"""Tutorial 7, the sender: publisher_confirms.py HOST PORT QUEUE COUNT"""

from tutorial import QUEUES, connect

channel, (queue, count) = connect()
channel.queue_declare(queue, **QUEUES["quorum"])
channel.confirm_delivery()
for number in range(int(count)):
    # Waits for the broker's confirmation; one that is refused or reaches no queue is an exception.
    channel.basic_publish(exchange="", routing_key=queue, body=str(number), mandatory=True)
print(f" [x] Published {count} messages, each confirmed")
channel.connection.close()
