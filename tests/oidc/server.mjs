// An OpenID Connect provider of the strict kind: PKCE is required, a refresh token works once, and
// showing a used one ends the grant.
//
//   node server.mjs [PORT] [SECONDS AN ACCESS TOKEN LIVES]
//
// Once it listens it prints one line, {"issuer": "http://127.0.0.1:..."}. Clients register
// themselves at /reg. What OpenID Connect has no route for is below /side:
//
//   GET  /side/state   {"grants": {"refresh_token": 1, ...}, "refused": 0, "tokens": ["..."]}
//   POST /side/revoke  ends every grant, as a customer does on the provider's own pages

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [port = "0", life = "3"] = process.argv.slice(2);

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const configuration = {
  claims: { openid: ["sub"], email: ["email"] },
  cookies: { keys: ["only for tests"] },
  features: {
    devInteractions: { enabled: true },
    registration: { enabled: true },
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
    Grant: 86400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 86400,
    Session: 86400,
  },
};

const state = { grants: {}, refused: 0, tokens: [] };
const grantIds = new Set();

function observe(provider) {
  provider.on("grant.success", (context) => {
    const type = context.oidc.params.grant_type;
    state.grants[type] = (state.grants[type] ?? 0) + 1;
  });
  provider.on("grant.error", () => {
    state.refused += 1;
  });
  for (const kind of ["access_token", "refresh_token"]) {
    provider.on(`${kind}.saved`, (token) => {
      state.tokens.push(token.jti);
      grantIds.add(token.grantId);
    });
  }
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
  const provider = new Provider(issuer, configuration);
  observe(provider);
  const standard = provider.callback();
  server.on("request", async (request, response) => {
    if (!request.url.startsWith("/side/")) {
      standard(request, response);
      return;
    }
    if (request.method === "POST") {
      await revoke(provider);
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(state));
  });
  console.log(JSON.stringify({ issuer }));
});
