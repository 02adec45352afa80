// openid-client as a client that was not written for us: it is told the issuer and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import { Person } from "./person.mjs";

const issuer = new URL(process.env.ISSUER);
const secret = process.env.SECRET;
const back = "https://app.example/back";
const scope = "openid profile email offline_access";

const tessa = () => new Person("tessa", process.env.PASSWORD);

async function found(id, metadata = {}, authentication = client.ClientSecretBasic(secret)) {
  const insecure = { execute: [client.allowInsecureRequests] };
  return client.discovery(issuer, id, metadata, authentication, insecure);
}

/** Goes through a code flow. Returns the tokens and what the ID token says. */
async function signedIn(config, person, more = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expected = { expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: back,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expected.expectedState,
    nonce: expected.expectedNonce,
    ...more,
  });
  const answer = await person.visit(url, more.redirect_uri ?? back);
  const returned = answer instanceof URL ? answer : posted(answer);
  const checks = { pkceCodeVerifier, ...expected, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, returned, checks);
  return { tokens, claims: tokens.claims() };
}

/** What a browser posts to the client, as the client receives it. */
function posted(form) {
  return new Request(form.action, { method: "POST", body: new URLSearchParams(form.fields) });
}

test("a confidential client signs somebody in, learns who it is, refreshes and signs out", async () => {
  const config = await found("web");
  const person = tessa();

  const { tokens, claims } = await signedIn(config, person, { max_age: "3600" });

  assert.equal(claims.iss, issuer.href.replace(/\/$/, ""));
  assert.equal(typeof claims.auth_time, "number");
  const told = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(told.email, "tessa@example.com");
  assert.equal(told.email_verified, true);
  const next = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(next.claims().sub, claims.sub);
  assert.equal(next.claims().auth_time, claims.auth_time);
  assert.notEqual(next.access_token, tokens.access_token);

  const out = client.buildEndSessionUrl(config, {
    post_logout_redirect_uri: "https://app.example/out",
    id_token_hint: tokens.id_token,
    state: "of-this-client",
  });
  const away = await person.visit(out, "https://app.example/out");
  assert.equal(away.href, "https://app.example/out?state=of-this-client");
  const silent = signedIn(config, person, { prompt: "none" });
  await assert.rejects(silent, { error: "login_required" });
});

test("whoever is signed in and has allowed it is not asked again", async () => {
  const config = await found("web");
  const person = tessa();
  const first = await signedIn(config, person);

  const silent = await signedIn(config, person, { prompt: "none" });

  assert.equal(silent.claims.sub, first.claims.sub);
  assert.equal(silent.claims.auth_time, first.claims.auth_time);
  assert.equal(silent.claims.sid, first.claims.sid);
});

test("an answer may come as a form", async () => {
  const { claims } = await signedIn(await found("web"), tessa(), { response_mode: "form_post" });

  assert.ok(claims.sub);
});

test("an ID token is signed by the algorithm that the client wants", async () => {
  for (const algorithm of ["ES256", "PS256", "EdDSA"]) {
    const config = await found(`web-${algorithm}`, { id_token_signed_response_alg: algorithm });
    const { tokens } = await signedIn(config, tessa());
    const head = JSON.parse(Buffer.from(tokens.id_token.split(".")[0], "base64url"));
    assert.equal(head.alg, algorithm);
  }
});

test("a signed answer of the userinfo endpoint verifies, and a pairwise subject is another", async () => {
  const ordinary = await signedIn(await found("web"), tessa());
  const config = await found("pairwise", { userinfo_signed_response_alg: "RS256" });

  const { tokens, claims } = await signedIn(config, tessa());

  assert.notEqual(claims.sub, ordinary.claims.sub);
  const told = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(told.email, "tessa@example.com");
});

test("a public client signs somebody in without a secret", async () => {
  const config = await found("native", {}, client.None());
  const redirect_uri = "http://127.0.0.1:49152/back";

  const { tokens, claims } = await signedIn(config, tessa(), { redirect_uri });

  assert.ok(claims.sub);
  const told = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(told.name, "Tessa Example");
  assert.ok((await client.refreshTokenGrant(config, tokens.refresh_token)).id_token);
});

test("what was revoked is no good any more", async () => {
  const config = await found("web");
  const { tokens } = await signedIn(config, tessa());

  await client.tokenRevocation(config, tokens.refresh_token);

  const refused = client.refreshTokenGrant(config, tokens.refresh_token);
  await assert.rejects(refused, { error: "invalid_grant" });
  const told = client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  await assert.rejects(told, { status: 401 });
});
