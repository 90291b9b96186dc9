import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { problemsOf } from "../support/config_problems.ts";

/** What must never be seen. */
const CANARY = "847362";

const NO_DURATION = "is no duration; write a number and a unit, such as 500ms, 10s, 2m, 1h";
const NO_HOST = "is not a host name or host:port";
const NO_PORT = "has a port that is not from 1 to 65535";
const NO_OFFSET = "is no offset; write first, last, next, a whole number, a time such as " +
  "2026-11-24T10:00:00Z, or how long ago, such as 1h or 7D";
/** A stream whose `receive.offset` is as given. */
const stream = (offset: string) => `queue: {name: q, type: stream}\nreceive: {offset: ${offset}}`;
const NO_JSON = "holds a number or bytes that JSON cannot: .nan, .inf or !!binary";

/** Config and message, which begins with line and column. */
const ROWS: Record<string, [yaml: string, message: string]> = {
  "broker has url and host": [
    "broker: {url: 'amqp://a', host: b}",
    "1:1: broker has both url and host, port, vhost, username or password: keep one or the other " +
    "(--set 'broker={url: …}' replaces all of it)",
  ],
  "broker has tls and an amqp url": [
    "broker: {url: 'amqp://a', tls: true}",
    "1:1: broker has tls, but an amqp:// url: write amqps://",
  ],
  "broker has tls and an AMQP url in capitals": [
    "broker: {url: 'AMQP://a', tls: {ca: f}}",
    "1:1: broker has tls, but an amqp:// url: write amqps://",
  ],
  "broker has no tls and an amqps url": [
    "broker: {url: 'amqps://a', tls: false}",
    "1:1: broker has tls: false, but an amqps:// url: write amqp://",
  ],
  "a client certificate has no key": [
    "broker: {tls: {cert: a.pem}}",
    "1:1: broker has only one of tls.cert and tls.key: a client certificate needs both",
  ],
  "broker.tls is a file": [
    "broker: {tls: a.pem}",
    '1:10: broker.tls must be true or false or a mapping of keys, but is "a.pem"',
  ],
  "a port is 0": ["broker: {port: 0}", "1:10: broker.port (0) is less than 1"],
  "a port is too large": ["broker: {port: 65536}", "1:10: broker.port (65536) is more than 65535"],
  "a port is a fraction": ["broker: {port: 5.5}", "1:10: broker.port (5.5) is not a whole number"],
  "a port is text": ["broker: {port: '5'}", '1:10: broker.port must be a number, but is "5"'],
  "a port is beyond 2^53": [
    "broker: {port: 99999999999999999999}",
    "1:10: broker.port must be a number, but is an integer beyond 2^53: 99999999999999999999",
  ],
  "a host is a URL": [
    "broker: {host: 'amqp://h'}",
    "1:10: broker.host is a URL: write it as broker.url",
  ],
  "a host is a URL with a password": [
    `broker: {host: 'amqp://u:${CANARY}@h'}`,
    "1:10: broker.host is a URL: write it as broker.url",
  ],
  "a host holds a password": [
    `broker: {host: ['u:${CANARY}@h']}`,
    `1:17: broker.host.0 ${NO_HOST}`,
  ],
  "a host is a number": [
    "broker: {host: 5}",
    "1:10: broker.host must be text or a list, but is a number: 5",
  ],
  "a host is empty": ["broker: {host: ''}", '1:10: broker.host ("") is empty'],
  "there are no hosts": ["broker: {host: []}", "1:10: broker.host is empty"],
  "a host of a list has no port": [
    "broker: {host: [a, 'b:0']}",
    `1:20: broker.host.1 ("b:0") ${NO_PORT}`,
  ],
  "hosts are a list in a text": [
    "broker: {host: 'a:1,b:2'}",
    `1:10: broker.host ("a:1,b:2") ${NO_HOST}`,
  ],
  "a host is only a port": ["broker: {host: ':5672'}", `1:10: broker.host (":5672") ${NO_HOST}`],
  "a host is half an IPv6 address": [
    "broker: {host: '[::1'}",
    `1:10: broker.host ("[::1") ${NO_HOST}`,
  ],
  "a virtual host is empty": ["broker: {vhost: ''}", '1:10: broker.vhost ("") is empty'],
  "a duration has another unit": [
    "broker: {connect_timeout: 10 seconds}",
    `1:10: broker.connect_timeout ("10 seconds") ${NO_DURATION}`,
  ],
  "a duration has no unit": [
    "broker: {connect_timeout: 10}",
    `1:10: broker.connect_timeout (10) ${NO_DURATION}`,
  ],
  "a duration is too long": [
    "broker: {connect_timeout: 700h}",
    '1:10: broker.connect_timeout ("700h") is longer than 24 days',
  ],
  "broker.retry is no duration": [
    "broker: {retry: never}",
    `1:10: broker.retry ("never") ${NO_DURATION}`,
  ],
  "broker.retry has no unit": ["broker: {retry: 10}", `1:10: broker.retry (10) ${NO_DURATION}`],
  "a heartbeat is not in whole seconds": [
    "broker: {heartbeat: 1500ms}",
    '1:10: broker.heartbeat ("1500ms") is not in whole seconds, at most 65535s',
  ],
  "a heartbeat is too long": [
    "broker: {heartbeat: 19h}",
    '1:10: broker.heartbeat ("19h") is not in whole seconds, at most 65535s',
  ],
  "a payload is empty": [
    "message:\n  payload:",
    '2:3: message.payload is empty: write "" for an empty message',
  ],
  "a payload is NaN": ["message: {payload: .nan}", `1:11: message.payload (NaN) ${NO_JSON}`],
  "a payload holds infinity": ["message: {payload: [.inf]}", `1:11: message.payload ${NO_JSON}`],
  "a payload holds bytes": [
    "message: {payload: {a: !!binary aGk=}}",
    `1:11: message.payload ${NO_JSON}`,
  ],
  "there are payload and file": [
    "message: {payload: x, file: y}",
    "1:1: message has both payload and file: keep one",
  ],
  "an answer is awaited and reply_to set": [
    "message: {reply: {}, properties: {reply_to: q}}",
    "1:1: message has reply, which sets properties.reply_to and properties.correlation_id: " +
    "remove those",
  ],
  "an answer is awaited and correlation_id set": [
    "message: {reply: {}, properties: {correlation_id: c}}",
    "1:1: message has reply, which sets properties.reply_to and properties.correlation_id: " +
    "remove those",
  ],
  "the time for an answer is not in reply": [
    "message: {reply: 5s}",
    '1:11: message.reply must be a mapping of keys, but is "5s"',
  ],
  "headers are a list": [
    "message: {headers: [x]}",
    "1:11: message.headers must be a mapping of keys, but is a list",
  ],
  "a header is NaN": [
    "message: {headers: {a: {b: [.nan]}}}",
    "1:29: message.headers.a.b.0 (NaN) cannot be held by an AMQP table",
  ],
  "a header does not fit into 64 bits": [
    "message: {headers: {a: 9223372036854775808}}",
    "1:21: message.headers.a (9223372036854775808) does not fit into AMQP's 64 bits",
  ],
  "a header is a whole float that does not fit into 64 bits": [
    "message: {headers: {a: 1e19}}",
    "1:21: message.headers.a (10000000000000000000) does not fit into AMQP's 64 bits",
  ],
  "a header is called like what every object has": [
    "message: {headers: {constructor: 1}}",
    "1:21: message.headers.constructor (1) cannot be a name in an AMQP table",
  ],
  "an argument is called __proto__": [
    "queue: {name: q, arguments: {__proto__: 1}}",
    "1:30: queue.arguments.__proto__ (1) cannot be a name in an AMQP table",
  ],
  "a priority is too high": [
    "message: {properties: {priority: 256}}",
    "1:24: message.properties.priority (256) is more than 255",
  ],
  "an expiration is a number": [
    "message: {properties: {expiration: 5000}}",
    "1:24: message.properties.expiration must be text, but is a number: 5000; " +
    "put it in quotes to make it text",
  ],
  "an expiration has a unit": [
    "message: {properties: {expiration: 5s}}",
    `1:24: message.properties.expiration ("5s") is not a text of digits: ms, such as '5000'`,
  ],
  "a timestamp is beyond all dates": [
    "message: {properties: {timestamp: 8640000000001}}",
    "1:24: message.properties.timestamp (8640000000001) is more than 8640000000000",
  ],
  "a prefetch is 0": ["receive: {prefetch: 0}", "1:11: receive.prefetch (0) is less than 1"],
  "an acknowledgement is misspelt": [
    "receive: {ack: on_sucess}",
    '1:11: receive.ack must be "on_success" or "on_delivery", but is "on_sucess"; ' +
    'did you mean "on_success"?',
  ],
  "there are handler and exec": [
    "receive: {handler: h.ts, exec: [e]}",
    "1:1: receive has both handler and exec: keep one",
  ],
  "a handler's messages are acknowledged on delivery": [
    "receive: {handler: h.ts, ack: on_delivery}",
    "1:1: receive has ack: on_delivery and a handler or exec, which would lose what fails: " +
    "remove ack",
  ],
  "there is no command": ["receive: {exec: []}", "1:11: receive.exec is empty: name a command"],
  "an offset is no word": [stream("frist"), `2:11: receive.offset ("frist") ${NO_OFFSET}`],
  "an offset is in the past": [stream("-1"), "2:11: receive.offset (-1) is less than 0"],
  "an offset is a fraction": [stream("0.5"), "2:11: receive.offset (0.5) is not a whole number"],
  "an offset is an interval of another unit": [
    stream("90min"),
    `2:11: receive.offset ("90min") ${NO_OFFSET}`,
  ],
  "an offset is an interval of nothing": [stream("0h"), `2:11: receive.offset ("0h") ${NO_OFFSET}`],
  "an offset is a time without its zone": [
    stream("2026-11-24T10:00:00"),
    `2:11: receive.offset ("2026-11-24T10:00:00") ${NO_OFFSET}`,
  ],
  "an offset is a time that there is not": [
    stream("2026-13-24T10:00:00Z"),
    `2:11: receive.offset ("2026-13-24T10:00:00Z") ${NO_OFFSET}`,
  ],
  "an offset is a list": [stream("[1]"), `2:11: receive.offset ${NO_OFFSET}`],
  "an offset is given for no stream": [
    "queue: {name: q}\nreceive: {offset: first}",
    '2:11: receive.offset ("first") is for streams: write queue.type: stream, or remove it',
  ],
  "a value holds escape sequences": [
    'receive: {ack: "\\e]52;c;eA==\\a"}',
    '1:11: receive.ack must be "on_success" or "on_delivery", but is "\\x1b]52;c;eA==\\x07"',
  ],
  "several values are wrong": [
    "receive: {prefetch: 0}\nqueue: {name: 5}\nbroker: {port: 0, hst: a}",
    "1:11: receive.prefetch (0) is less than 1\n" +
    "       config.yaml:2:9: queue.name must be text, but is a number: 5; " +
    "put it in quotes to make it text\n" +
    "       config.yaml:3:10: broker.port (0) is less than 1\n" +
    '       config.yaml:3:19: unknown key "hst" in broker; did you mean "host"?',
  ],
};

for (const [name, [yaml, message]] of Object.entries(ROWS)) {
  Deno.test(`parseConfig() says how to mend it when ${name}`, () => {
    const error = assertThrows(() => parseConfig(yaml, { env: () => undefined }), ConfigError);
    assertEquals(problemsOf(error), `config.yaml:${message}`);
    assert(!error.message.includes(CANARY));
  });
}
