import { assertEquals } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { Endpoint, endpointsOf, loginOf } from "../../lib/endpoint.ts";

const brokerOf = (yaml: string) => parseConfig(`broker: {${yaml}}`, { env: () => "x" }).broker;

/** What is written of the broker, and the endpoints. */
const ENDPOINTS: [written: string, endpoints: string[]][] = [
  ["", ["localhost:5672"]],
  ["tls: true", ["localhost:5671"]],
  ["tls: {ca: f}", ["localhost:5671"]],
  ["tls: false", ["localhost:5672"]],
  ["host: h", ["h:5672"]],
  ["host: h, port: 1", ["h:1"]],
  ["host: 'h:2', port: 1", ["h:2"]],
  ["host: [a, 'b:2', '[::1]:3', '::1'], port: 1", ["a:1", "b:2", "[::1]:3", "[::1]:1"]],
  ["host: '[fe80::1]'", ["[fe80::1]:5672"]],
  ["host: [a, a]", ["a:5672", "a:5672"]],
  ["url: 'amqp://h'", ["h:5672"]],
  ["url: 'amqps://h'", ["h:5671"]],
  ["url: 'AMQPS://h/'", ["h:5671"]],
  ["url: 'amqp://u:p@h:1/v'", ["h:1"]],
  ["url: 'amqp://[::1]'", ["[::1]:5672"]],
  ["url: 'amqp://[2001:db8::1]:1'", ["[2001:db8::1]:1"]],
  ["url: 'amqp://bücher.example'", ["bücher.example:5672"]],
];

for (const [written, endpoints] of ENDPOINTS) {
  Deno.test(`endpointsOf() returns ${endpoints} when broker is {${written}}`, () => {
    assertEquals(endpointsOf(brokerOf(written)).map(String), endpoints);
  });
}

Deno.test("endpointsOf() takes the brackets off an IPv6 address", () => {
  for (const written of ["host: '[::1]:1'", "host: '::1', port: 1", "url: 'amqp://[::1]:1'"]) {
    assertEquals(endpointsOf(brokerOf(written)), [new Endpoint("::1", 1)]);
  }
});

/** What is written of the broker, and user name, password, virtual host and TLS. */
const LOGINS: [written: string, login: [string, string, string, boolean]][] = [
  ["", ["guest", "guest", "/", false]],
  ["tls: true", ["guest", "guest", "/", true]],
  ["username: u, password: ''", ["u", "", "/", false]],
  ["username: u, password: 'p%40:/@', vhost: 'v/w'", ["u", "p%40:/@", "v/w", false]],
  ["url: 'amqp://h'", ["guest", "guest", "/", false]],
  ["url: 'amqps://h'", ["guest", "guest", "/", true]],
  ["url: 'amqp://u@h'", ["u", "", "/", false]],
  ["url: 'amqp://u:@h'", ["u", "", "/", false]],
  ["url: 'amqp://u:p@h'", ["u", "p", "/", false]],
  ["url: 'amqp://u%40x:p%40%2F%3A%25@h/'", ["u@x", "p@/:%", "/", false]],
  ["url: 'amqp://u:gr%C3%BC%C3%9Fe@h/v'", ["u", "grüße", "v", false]],
  ["url: 'amqp://u:p+q@h/%2F'", ["u", "p+q", "/", false]],
  ["url: 'amqp://u:p@h/%2Fv'", ["u", "p", "/v", false]],
  ["url: 'amqp://u:p@h/v%20w'", ["u", "p", "v w", false]],
];

for (const [written, [username, password, vhost, tls]] of LOGINS) {
  Deno.test(`loginOf() reads user, password and virtual host when broker is {${written}}`, () => {
    assertEquals(loginOf(brokerOf(written)), { username, password, vhost, tls });
  });
}

Deno.test("Endpoint is local when it is this machine", () => {
  const isLocal = (host: string) => new Endpoint(host, 1).isLocal;
  for (const host of ["localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1"]) {
    assertEquals(isLocal(host), true, host);
  }
  for (const host of ["localhost.example", "1127.0.0.1", "127.0.0.1.nip.io", "::2", "rabbit"]) {
    assertEquals(isLocal(host), false, host);
  }
});

Deno.test("Endpoint.toString() escapes control characters", () => {
  assertEquals(`${new Endpoint("a\x1b[31m", 1)}`, "a\\x1b[31m:1");
});
