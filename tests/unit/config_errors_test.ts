import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { problemsOf } from "../support/config_problems.ts";

/** What must never be seen. */
const CANARY = "847362";

const QUEUE_KEYS = "name, type, durable, exclusive, auto_delete, passive, arguments, bindings";
const ENCODE =
  ": in user, password and vhost write @ as %40, / as %2F, # as %23, : as %3A, % as %25";
const NO_URL = "is not like amqp://user:password@host:port/vhost or amqps://…";
const BROKER_KEYS =
  "url, host, port, vhost, username, password, password_file, tls, heartbeat, connect_timeout, retry";
const HIDDEN =
  "not shown because it may hold a secret; a space belongs after the colon of a key; known are ";
const NOT_QUORUM = "1:1: queue cannot be of type quorum or stream and exclusive, auto_delete or " +
  "not durable: write type: classic";

/** Config and message, which begins with line and column. */
const ROWS: Record<string, [yaml: string, message: string]> = {
  "a top key is misspelt": ["quue: {name: q}", '1:1: unknown key "quue"; did you mean "queue"?'],
  "a top key is like none": [
    "xyzzy: 1",
    '1:1: unknown key "xyzzy"; known are broker, exchange, queue, message, receive',
  ],
  "a key of broker is misspelt": [
    "broker:\n  hst: a",
    '2:3: unknown key "hst" in broker; did you mean "host"?',
  ],
  "a key of broker.tls is misspelt": [
    "broker: {tls: {caa: x}}",
    '1:16: unknown key "caa" in broker.tls; did you mean "ca"?',
  ],
  "a key of queue is misspelt": [
    "queue:\n  name: q\n  durabel: true",
    '3:3: unknown key "durabel" in queue; did you mean "durable"?',
  ],
  "a key of queue is like none": [
    "queue: {name: q, 5: 1}",
    `1:18: unknown key "5" in queue; known are ${QUEUE_KEYS}`,
  ],
  "a key of a binding is misspelt": [
    "queue:\n  name: q\n  bindings:\n    - {exchange: e, routingkey: x}",
    '4:21: unknown key "routingkey" in queue.bindings.0; did you mean "routing_key"?',
  ],
  "a key of exchange is misspelt": [
    "exchange: {name: e, typ: fanout}",
    '1:21: unknown key "typ" in exchange; did you mean "type"?',
  ],
  "a key of message is misspelt": [
    "message: {payloda: x}",
    '1:11: unknown key "payloda" in message; did you mean "payload"?',
  ],
  "a property is misspelt": [
    "message: {properties: {contenttype: x}}",
    '1:24: unknown key "contenttype" in message.properties; did you mean "content_type"?',
  ],
  "failed messages would go to the queue that is worked on": [
    "queue: {name: q}\nreceive: {handler: h.ts, dead_letter: q}",
    '2:26: receive.dead_letter ("q") is the queue that is worked on: what fails would come again at once',
  ],
  "messages of a stream are to be tried again": [
    "queue: {name: q, type: stream}\nreceive: {handler: h.ts, retry: {attempts: 2}}",
    "2:26: receive.retry must be {attempts: 1} for a stream: others would read again what is tried again",
  ],
  "a retry is to come after less than 1 ms": [
    "receive: {retry: {delay: 0s}}",
    '1:19: receive.retry.delay ("0s") is not in whole ms from 1 on',
  ],
  "a queue that is worked on has a name too long for what belongs to it": [
    `queue: {name: ${"q".repeat(226)}}\nreceive: {handler: h.ts}`,
    `1:9: queue.name ("${
      "q".repeat(57)
    }…") is longer than 225 bytes, and the queues for what fails have longer names`,
  ],
  "a key of receive is misspelt": [
    "receive: {prefech: 2}",
    '1:11: unknown key "prefech" in receive; did you mean "prefetch"?',
  ],
  "a key holds escape sequences": [
    '"a\\e[31m": 1',
    '1:1: unknown key "a\\x1b[31m"; known are broker, exchange, queue, message, receive',
  ],
  "a key is __proto__": [
    "__proto__: {name: q}",
    '1:1: unknown key "__proto__"; known are broker, exchange, queue, message, receive',
  ],
  "broker is text": [
    "broker: localhost",
    "1:1: broker must be a mapping of keys, but is text",
  ],
  "broker is a list": ["broker: [a]", "1:1: broker must be a mapping of keys, but is a list"],
  "queue is empty": ["queue:", "1:1: queue must be a mapping of keys, but is empty"],
  "queue.name is missing": ["queue: {durable: true}", "1:1: queue.name is missing"],
  "queue.name is a number": [
    "queue: {name: 5}",
    "1:9: queue.name must be text, but is a number: 5; put it in quotes to make it text",
  ],
  "queue.name is a boolean": [
    "queue: {name: true}",
    "1:9: queue.name must be text, but is true or false: true; put it in quotes to make it text",
  ],
  "queue.name has more than 255 bytes": [
    `queue: {name: ${"é".repeat(128)}}`,
    `1:9: queue.name ("${"é".repeat(57)}…") is longer than AMQP's 255 bytes`,
  ],
  "a boolean is text": [
    "queue: {name: q, durable: yes}",
    '1:18: queue.durable must be true or false, but is "yes"',
  ],
  "queue.type is misspelt": [
    "queue: {name: q, type: qourum}",
    '1:18: queue.type must be "quorum" or "classic" or "stream", but is "qourum"; ' +
    'did you mean "quorum"?',
  ],
  "queue.bindings is a mapping": [
    "queue: {name: q, bindings: {exchange: e}}",
    "1:18: queue.bindings must be a list, but is a mapping of keys",
  ],
  "a binding is text": [
    "queue: {name: q, bindings: [e]}",
    '1:29: queue.bindings.0 must be a mapping of keys, but is "e"',
  ],
  "a binding names no exchange and nor does the config": [
    "queue: {name: q, bindings: [{routing_key: a}]}",
    "1:18: queue.bindings.0 names no exchange: set its exchange, or exchange.name",
  ],
  "queue.arguments is a list": [
    "queue: {name: q, arguments: [x]}",
    "1:18: queue.arguments must be a mapping of keys, but is a list",
  ],
  "an x-argument is misspelt": [
    "queue: {name: q, arguments: {x-max-lenght: 5}}",
    "1:30: queue.arguments.x-max-lenght (5) is no argument of RabbitMQ; " +
    'did you mean "x-max-length"?',
  ],
  "an x-argument has the wrong type": [
    "queue: {name: q, arguments: {x-message-ttl: '5000'}}",
    '1:30: queue.arguments.x-message-ttl must be a number, but is "5000"',
  ],
  "x-queue-type is an argument": [
    "queue: {name: q, arguments: {x-queue-type: quorum}}",
    '1:30: queue.arguments.x-queue-type ("quorum") is set with queue.type',
  ],
  "x-max-age is no age": [
    "queue: {name: q, type: stream, arguments: {x-max-age: 7 days}}",
    '1:44: queue.arguments.x-max-age ("7 days") is not like 7D or 12h',
  ],
  "a quorum queue is exclusive": ["queue: {name: q, type: quorum, exclusive: true}", NOT_QUORUM],
  "a stream is not durable": ["queue: {name: q, type: stream, durable: false}", NOT_QUORUM],
  "a passive queue has no name": [
    "queue: {name: '', passive: true}",
    "1:1: queue is passive but has no name: name the queue that must exist",
  ],
  "exchange.name is empty": ["exchange: {name: ''}", '1:12: exchange.name ("") is empty'],
  "exchange.name is missing": ["exchange: {type: fanout}", "1:1: exchange.name is missing"],
  "a password is a number": [
    `broker:\n  password: ${CANARY}`,
    "2:3: broker.password must be text, but is a number; put it in quotes to make it text",
  ],
  "a password is a fraction": [
    `broker:\n  password: 0.${CANARY}`,
    "2:3: broker.password must be text, but is a number; put it in quotes to make it text",
  ],
  "a password is a list": [
    `broker: {password: [${CANARY}]}`,
    "1:10: broker.password must be text, but is a list",
  ],
  "a password holds ${": [
    `broker: {password: 'p4\${${CANARY}'}`,
    "1:10: ${…} cannot be filled in: only variables whose names begin with AMQP_ are read; " +
    "write $${ for a plain ${",
  ],
  "broker is a URL": [
    `broker: amqp://u:${CANARY}@h`,
    "1:1: broker must be a mapping of keys, but is text",
  ],
  "the space after the colon of a password is missing": [
    `broker: {password:${CANARY}}`,
    `1:10: unknown key in broker, ${HIDDEN}${BROKER_KEYS}`,
  ],
  "a URL is a key of broker": [
    `broker: {amqp://u:${CANARY}@h}`,
    `1:10: unknown key in broker, ${HIDDEN}${BROKER_KEYS}`,
  ],
  "a URL is a key": [
    `amqp://u:${CANARY}@h: 5`,
    `1:1: unknown key, ${HIDDEN}broker, exchange, queue, message, receive`,
  ],
  "broker is a key without the space after its colon": [
    `broker:\n  password:${CANARY}`,
    "1:1: broker must be a mapping of keys, but is text",
  ],
  "broker.url is no AMQP URL": [
    `broker: {url: 'http://u:${CANARY}@h'}`,
    `1:10: broker.url ${NO_URL}: http:// is something else`,
  ],
  "broker.url has a slash in its password": [
    `broker: {url: 'amqp://u:a/${CANARY}@h'}`,
    `1:10: broker.url ${NO_URL}${ENCODE}`,
  ],
  "broker.url has a bad escape": [
    `broker: {url: 'amqp://u:%zz${CANARY}@h'}`,
    `1:10: broker.url ${NO_URL}${ENCODE}`,
  ],
  "broker.url has a bad escape in its host": [
    `broker: {url: 'amqp://u:${CANARY}@h%zz'}`,
    `1:10: broker.url ${NO_URL}${ENCODE}`,
  ],
  "broker.url has no such port": [
    `broker: {url: 'amqp://u:${CANARY}@h:99999'}`,
    `1:10: broker.url ${NO_URL}: its port is above 65535`,
  ],
  "broker.url has port 0": [
    "broker: {url: 'amqp://h:0'}",
    `1:10: broker.url ${NO_URL}: 0 is no port`,
  ],
  "broker.url has parameters": [
    "broker: {url: 'amqp://h?a=1'}",
    `1:10: broker.url ${NO_URL}: what stands after ? has keys of its own, such as broker.heartbeat`,
  ],
};

for (const [name, [yaml, message]] of Object.entries(ROWS)) {
  Deno.test(`parseConfig() says how to mend it when ${name}`, () => {
    const error = assertThrows(() => parseConfig(yaml, { env: () => undefined }), ConfigError);
    assertEquals(problemsOf(error), `config.yaml:${message}`);
    assert(!error.message.includes(CANARY), error.message);
  });
}
