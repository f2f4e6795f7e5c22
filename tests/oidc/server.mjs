// An OpenID Connect provider of the strict kind: PKCE is required, a refresh token works once, and
// showing a used one ends the grant.
//
//   node server.mjs [PORT] [SECONDS AN ACCESS TOKEN LIVES]
//
// Once it listens it prints one line, {"issuer": "http://127.0.0.1:...", "service_key": "PEM"}.
// Clients register themselves at /reg. Two are there from the start: `service`, with the secret
// SERVICE_SECRET, for grants without a customer, and `device`, a public one. The key signs
// assertions of `service` (RFC 7523).
//
// /mcp is a protected resource: it says where its metadata is (RFC 9728), and whose token it was
// shown. What OpenID Connect has no route for is below /side:
//
//   GET  /side/state   {"grants": {"refresh_token": 1, ...}, "refused": 0, "tokens": ["..."], ...}
//   POST /side/revoke  ends every grant, as a customer does on the provider's own pages
//   POST /side/forget  forgets the clients that have registered themselves

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { jwtVerify } from "jose";
import { errors, Provider } from "oidc-provider";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";
const SERVICE_SECRET = "the secret of the service";
const CUSTOMER_PASSWORD = "the password of ada";

const [port = "0", life = "3"] = process.argv.slice(2);

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const service = generateKeyPairSync("rsa", { modulusLength: 2048 });
let resource = "";

const configuration = {
  claims: { openid: ["sub"], email: ["email"] },
  clients: [
    {
      client_id: "service",
      client_secret: SERVICE_SECRET,
      grant_types: ["client_credentials", JWT_BEARER, "password"],
      redirect_uris: [],
      response_types: [],
    },
    {
      client_id: "device",
      grant_types: [DEVICE_CODE, "refresh_token"],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "none",
    },
  ],
  cookies: { keys: ["only for tests"] },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, indicator) => {
        if (indicator !== resource) {
          throw new errors.InvalidTarget();
        }
        return { scope: "openid offline_access", accessTokenFormat: "opaque" };
      },
      useGrantedResource: () => true,
    },
    revocation: { enabled: true },
  },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com` }),
  }),
  jwks: { keys: [privateKey.export({ format: "jwk" })] },
  pkce: { required: () => true },
  rotateRefreshToken: () => true,
  scopes: ["openid", "offline_access"],
  ttl: {
    AccessToken: Number(life),
    AuthorizationCode: 60,
    ClientCredentials: Number(life),
    DeviceCode: 600,
    Grant: 86400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 86400,
    Session: 86400,
  },
};

const state = { grants: {}, refused: 0, registrations: 0, tokens: [] };
const grantIds = new Set();
const registered = new Set();

function observe(provider) {
  provider.on("grant.success", (context) => {
    const type = context.oidc.params.grant_type;
    state.grants[type] = (state.grants[type] ?? 0) + 1;
  });
  provider.on("grant.error", () => {
    state.refused += 1;
  });
  for (const kind of ["access_token", "client_credentials", "refresh_token"]) {
    provider.on(`${kind}.saved`, (token) => {
      state.tokens.push(token.jti);
      if (token.grantId) {
        grantIds.add(token.grantId);
      }
    });
  }
  provider.on("registration_create.success", (_, client) => {
    registered.add(client.clientId);
    state.registrations += 1;
  });
}

// Grants that the provider does not come with.
function teach(provider) {
  const issue = async (context, accountId) => {
    const { client } = context.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId });
    grant.addOIDCScope("openid");
    const grantId = await grant.save();
    const of = { accountId, client, grantId, gty: "taught", scope: "openid" };
    const token = new provider.AccessToken(of);
    context.oidc.entity("AccessToken", token);
    context.body = {
      access_token: await token.save(),
      expires_in: token.expiration,
      token_type: "Bearer",
    };
  };
  const refuse = () => {
    throw new errors.InvalidGrant("it is not good");
  };
  const assertion = async (context) => {
    const proof = { algorithms: ["RS256"], audience: `${provider.issuer}/token`, issuer: "service" };
    const { assertion: text } = context.oidc.params;
    const { payload } = await jwtVerify(text, service.publicKey, proof).catch(refuse);
    await issue(context, payload.sub);
  };
  provider.registerGrantType(JWT_BEARER, assertion, ["assertion"]);
  const password = async (context) => {
    const { username, password } = context.oidc.params;
    if (password !== CUSTOMER_PASSWORD) {
      refuse();
    }
    await issue(context, username);
  };
  provider.registerGrantType("password", password, ["username", "password"]);
}

// The protected resource: it takes a token for it, or for nothing in particular.
async function protectedResource(provider, request, response) {
  const text = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
  const user = await provider.AccessToken.find(text);
  const token = user ?? (await provider.ClientCredentials.find(text));
  response.setHeader("content-type", "application/json");
  if (!token) {
    const metadata = `${provider.issuer}/.well-known/oauth-protected-resource/mcp`;
    response.setHeader("www-authenticate", `Bearer resource_metadata="${metadata}"`);
    response.statusCode = 401;
    response.end("{}");
    return;
  }
  const { accountId, aud, clientId } = token;
  response.end(JSON.stringify({ aud: aud ?? null, client: clientId, sub: accountId ?? null }));
}

async function forget(provider) {
  for (const id of registered) {
    await provider.Client.adapter.destroy(id);
  }
  registered.clear();
}

async function revoke(provider) {
  for (const id of grantIds) {
    await provider.RefreshToken.revokeByGrantId(id);
    await provider.AccessToken.revokeByGrantId(id);
    const grant = await provider.Grant.find(id);
    await grant?.destroy();
  }
}

const server = createServer();
server.listen(Number(port), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  resource = `${issuer}/mcp`;
  const provider = new Provider(issuer, configuration);
  observe(provider);
  teach(provider);
  const standard = provider.callback();
  server.on("request", async (request, response) => {
    if (request.url.replace(/\/$/, "") === "/mcp") {
      await protectedResource(provider, request, response);
      return;
    }
    if (request.url === "/.well-known/oauth-protected-resource/mcp") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ authorization_servers: [issuer], resource }));
      return;
    }
    if (!request.url.startsWith("/side/")) {
      standard(request, response);
      return;
    }
    if (request.method === "POST") {
      await (request.url === "/side/forget" ? forget : revoke)(provider);
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(state));
  });
  const key = service.privateKey.export({ format: "pem", type: "pkcs8" });
  console.log(JSON.stringify({ issuer, service_key: key }));
});
