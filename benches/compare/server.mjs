// node oidc-provider, doing the work that scripts/bench gives to Tessera.
//
//   node server.mjs memory          tokens in memory, lost at the end
//   node server.mjs sqlite FILE     tokens in an SQLite file, each write on disk before its answer
//
// The client is named by BENCH_CLIENT and BENCH_SECRET. It says where it listens once it does.

import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

import { createMemoryAdapter, createSqliteAdapter } from './adapters.mjs';

const [store, file] = process.argv.slice(2);
const { BENCH_CLIENT: clientId, BENCH_SECRET: clientSecret } = process.env;

const adapter = store === 'sqlite' ? createSqliteAdapter(file) : createMemoryAdapter();

const provider = new Provider('http://127.0.0.1', {
    adapter,
    scopes: ['read'],
    clients: [
        {
            client_id: clientId,
            client_secret: clientSecret,
            token_endpoint_auth_method: 'client_secret_basic',
            grant_types: ['client_credentials'],
            response_types: [],
            redirect_uris: [],
            scope: 'read',
        },
    ],
    features: {
        clientCredentials: { enabled: true },
        introspection: {
            enabled: true,
            // As Tessera answers the holder of a token.
            allowedPolicy: (ctx, client, token) => client.clientId === token.clientId,
        },
        revocation: {
            enabled: true,
            allowedPolicy: (ctx, client, token) => client.clientId === token.clientId,
        },
        devInteractions: { enabled: false },
    },
    // Where Tessera has them.
    routes: { token: '/token', introspection: '/introspect', revocation: '/revoke' },
    // As long as Tessera's live in this benchmark.
    ttl: { ClientCredentials: 24 * 60 * 60 },
});

// What HTTP and koa alone cost.
provider.middleware.unshift((ctx, next) => {
    if (ctx.path !== '/healthz') return next();
    ctx.body = 'ok';
});
provider.on('server_error', (ctx, error) => console.error(error));

const server = createServer(provider.callback());
server.listen(0, '127.0.0.1', () => {
    console.error(`Issuer http://127.0.0.1:${server.address().port}`);
    console.error('Ready');
});
process.on('SIGTERM', () => process.exit(0));
