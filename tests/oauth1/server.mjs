// An OAuth 1.0a provider of the strict kind: every signature is computed again by `oauth-1.0a`, a
// nonce works once, a timestamp is of the last minutes, a request token and a verifier work once.
//
//   node server.mjs [SIGNATURE METHOD] [PUBLIC KEY, PEM, for RSA-SHA1]
//
// Once it listens it prints one line, {"url": "http://127.0.0.1:..."}. The consumer is
// `the-consumer`, its secret SECRET.
//
//   POST /request      a request token; the callback has to come with it
//   GET  /authorize    asks nobody: sends the browser back, with `?deny=1` having denied
//   POST /access       the access token
//   GET  /me           {"id": "ada"}, and any other path of the API
//   POST /side/revoke  ends every access token

import { createHmac, createVerify, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import OAuth from "oauth-1.0a";

const CONSUMER = "the-consumer";
const SECRET = "the secret of the & consumer";
const [method = "HMAC-SHA1", publicKey = ""] = process.argv.slice(2);

const hash = (base, key) => {
  const algorithm = method === "HMAC-SHA256" ? "sha256" : "sha1";
  return createHmac(algorithm, key).update(base).digest("base64");
};
const oauth = new OAuth({
  consumer: { key: CONSUMER, secret: SECRET },
  hash_function: method === "PLAINTEXT" ? (_, key) => key : hash,
  signature_method: method,
});

const requestTokens = new Map();
const accessTokens = new Map();
const nonces = new Set();
const random = () => randomBytes(12).toString("hex");

/** The parameters of the `Authorization` header. */
function header(request) {
  const text = request.headers.authorization ?? "";
  const pairs = text.replace(/^OAuth /, "").split(/,\s*/);
  const parsed = pairs.map((pair) => /^([^=]+)="(.*)"$/.exec(pair)).filter(Boolean);
  return Object.fromEntries(parsed.map(([, name, value]) => [name, decodeURIComponent(value)]));
}

/** The right to use a token, or why there is none. */
function proved(request, url, body, tokens) {
  const given = header(request);
  const token = given.oauth_token ? tokens?.get(given.oauth_token) : undefined;
  const late = Math.abs(Date.now() / 1000 - Number(given.oauth_timestamp)) > 300;
  if (given.oauth_consumer_key !== CONSUMER) {
    return { problem: "consumer_key_unknown" };
  }
  if (given.oauth_signature_method !== method) {
    return { problem: "signature_method_rejected" };
  }
  if (late || !given.oauth_nonce || nonces.has(given.oauth_nonce)) {
    return { problem: "nonce_used" };
  }
  if (tokens && !token) {
    return { problem: "token_rejected" };
  }
  nonces.add(given.oauth_nonce);
  const { oauth_signature: signature, realm: _, ...signed } = given;
  const form = request.headers["content-type"] === "application/x-www-form-urlencoded";
  const data = form ? Object.fromEntries(new URLSearchParams(body)) : {};
  const asked = { data, method: request.method, url: url.href };
  const right =
    method === "RSA-SHA1"
      ? createVerify("sha1")
          .update(oauth.getBaseString(asked, signed))
          .verify(publicKey, signature, "base64")
      : oauth.getSignature(asked, token?.secret, signed) === signature;
  return right ? { given, token } : { problem: "signature_invalid" };
}

function refuse(response, problem) {
  response.statusCode = 401;
  response.end(new URLSearchParams({ oauth_problem: problem }).toString());
}

function pair(response, token, more = {}) {
  const { name: oauth_token, secret: oauth_token_secret } = token;
  response.setHeader("content-type", "text/html");
  response.end(new URLSearchParams({ oauth_token, oauth_token_secret, ...more }).toString());
}

function askForRequestToken(request, response, url, body) {
  const { given, problem } = proved(request, url, body);
  if (problem || !given.oauth_callback) {
    return refuse(response, problem ?? "parameter_absent");
  }
  const token = { name: random(), secret: random(), callback: given.oauth_callback };
  requestTokens.set(token.name, token);
  return pair(response, token, { oauth_callback_confirmed: "true" });
}

function authorize(response, url) {
  const token = requestTokens.get(url.searchParams.get("oauth_token"));
  if (!token) {
    return refuse(response, "token_rejected");
  }
  token.verifier = random();
  const back = new URL(token.callback);
  if (url.searchParams.get("deny")) {
    back.searchParams.set("denied", token.name);
  } else {
    back.searchParams.set("oauth_token", token.name);
    back.searchParams.set("oauth_verifier", token.verifier);
  }
  response.writeHead(302, { location: back.href });
  return response.end();
}

function askForAccessToken(request, response, url, body) {
  const { given, token, problem } = proved(request, url, body, requestTokens);
  if (problem || given.oauth_verifier !== token.verifier) {
    return refuse(response, problem ?? "verifier_invalid");
  }
  requestTokens.delete(token.name);
  const access = { name: random(), secret: random() };
  accessTokens.set(access.name, access);
  return pair(response, access, { user_id: "ada" });
}

function api(request, response, url, body) {
  const { problem } = proved(request, url, body, accessTokens);
  if (problem) {
    return refuse(response, problem);
  }
  response.setHeader("content-type", "application/json");
  return response.end(JSON.stringify({ id: "ada", query: url.search, body }));
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString();
  const url = new URL(request.url, `http://${request.headers.host}`);
  const call = `${request.method} ${url.pathname}`;
  if (call === "POST /request") {
    askForRequestToken(request, response, url, body);
  } else if (call === "GET /authorize") {
    authorize(response, url);
  } else if (call === "POST /access") {
    askForAccessToken(request, response, url, body);
  } else if (call === "POST /side/revoke") {
    accessTokens.clear();
    response.end("{}");
  } else {
    api(request, response, url, body);
  }
});
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
});
