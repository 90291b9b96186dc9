import * as v from "valibot";
import { duration, mapping, name, NO_DURATION, whole } from "./config_values.ts";
import { explainBrokerUrl, host, isBrokerUrl } from "./host.ts";

const tls = v.pipe(
  v.union([
    v.boolean(),
    mapping(v.strictObject({
      ca: v.optional(v.pipe(
        v.string(),
        v.description("File with the CA certificates to trust instead of those (PEM)"),
        v.metadata({ examples: ["ca.pem"] }),
      )),
      cert: v.optional(v.pipe(
        v.string(),
        v.description("File with the client certificate (PEM)"),
        v.metadata({ examples: ["client.pem"] }),
      )),
      key: v.optional(v.pipe(
        v.string(),
        v.description("File with the client's private key (PEM)"),
        v.metadata({ examples: ["client.key"] }),
      )),
    })),
  ]),
  v.description(
    "true: TLS, verified with Mozilla's CA certificates. Or ca, cert, key: files, relative to the config file",
  ),
  v.metadata({ default: false }),
);

/** `broker`: where it is, and how to log in. */
export const broker = v.pipe(
  mapping(v.strictObject({
    url: v.optional(v.pipe(
      v.string(),
      v.check(isBrokerUrl, ({ input }) => explainBrokerUrl(input)),
      v.description(
        "amqp:// or amqps:// URL, as cloud providers hand it out, instead of the parts",
      ),
      v.metadata({
        examples: ["${AMQP_URL}", "amqps://user:${AMQP_PASSWORD}@host/vhost"],
        pattern: "^[Aa][Mm][Qq][Pp][Ss]?://",
        patternErrorMessage: "is not like amqp://user:password@host:port/vhost or amqps://…",
      }),
    )),
    host: v.pipe(
      v.optional(v.union([host, v.pipe(v.array(host), v.minLength(1, "is empty"))])),
      v.description(
        "Host or host:port; or a list of them, the nodes of a cluster: the first that answers is used, after a loss the next",
      ),
      v.metadata({ default: "localhost", examples: ["rabbit.example.com", ["node1", "node2"]] }),
    ),
    port: v.pipe(
      v.optional(whole(1, 65535)),
      v.description("Port of the hosts that name none; with TLS 5671, unless set"),
      v.metadata({ default: 5672 }),
    ),
    vhost: v.pipe(
      v.optional(name),
      v.description("Virtual host"),
      v.metadata({ default: "/" }),
    ),
    username: v.pipe(
      v.optional(name),
      v.description("User name; guest can log in only on the broker's own machine"),
      v.metadata({ default: "guest" }),
    ),
    password: v.pipe(
      v.optional(v.string()),
      v.description("Password; better ${AMQP_PASSWORD} than in the file"),
      v.metadata({ default: "guest", examples: ["${AMQP_PASSWORD}"] }),
    ),
    password_file: v.optional(v.pipe(
      v.string(),
      v.nonEmpty("is empty"),
      v.description(
        "File with the password, read at each connection; relative to the config file. A newline at its end is not part of it",
      ),
      v.metadata({ examples: ["${AMQP_PASSWORD_FILE}", "/run/secrets/amqp-password"] }),
    )),
    tls: v.optional(tls),
    heartbeat: v.pipe(
      v.optional(
        v.pipe(
          duration,
          v.check(
            (ms) => ms % 1_000 === 0 && ms <= 65_535_000,
            "is not in whole seconds, at most 65535s",
          ),
        ),
        "10s",
      ),
      v.description(
        "A connection that is silent for one and a half heartbeats is lost. Whole seconds; 0s turns it off",
      ),
    ),
    connect_timeout: v.pipe(
      v.optional(duration, "10s"),
      v.description("How long one host may take for TCP, TLS and login together"),
    ),
    retry: v.pipe(
      v.optional(v.union([v.literal("forever"), duration], NO_DURATION)),
      v.description(
        "How long to keep trying to connect: a duration or forever. Default: the first connection is tried once at every host, a lost one for 5m",
      ),
      v.metadata({ examples: ["5m", "forever"] }),
    ),
  })),
  v.check(
    ({ url, host, port, vhost, username, password }) =>
      url === undefined ||
      [host, port, vhost, username, password].every((part) => part === undefined),
    "has both url and host, port, vhost, username or password: keep one or the other (--set 'broker={url: …}' replaces all of it)",
  ),
  v.check(
    ({ url, password, password_file }) =>
      password_file === undefined ||
      (password === undefined && !(url && new URL(url).password)),
    "has both password_file and a password: keep one of them",
  ),
  v.check(
    ({ url, tls }) => !(tls && url && /^amqp:/i.test(url)),
    "has tls, but an amqp:// url: write amqps://",
  ),
  v.check(
    ({ url, tls }) => !(tls === false && url && /^amqps:/i.test(url)),
    "has tls: false, but an amqps:// url: write amqp://",
  ),
  v.check(
    ({ tls }) => typeof tls !== "object" || (tls.cert === undefined) === (tls.key === undefined),
    "has only one of tls.cert and tls.key: a client certificate needs both",
  ),
  v.description("Where the broker is and how to log in"),
);
