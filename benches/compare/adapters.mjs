// Where oidc-provider keeps its tokens; the interface is its own (example/my_adapter.js there).
// Only what client credentials need is here: no user codes, no sessions, no grants.

import Database from 'better-sqlite3';

/** Keeps everything in memory. The package's own memory adapter forgets all but 1,000 tokens. */
export function createMemoryAdapter() {
    const rows = new Map();
    return class MemoryAdapter {
        constructor(kind) {
            this.kind = kind;
        }

        async upsert(id, payload, expiresIn) {
            rows.set(`${this.kind}:${id}`, { payload, expiresAt: Date.now() + expiresIn * 1000 });
        }

        async find(id) {
            const row = rows.get(`${this.kind}:${id}`);
            return row && row.expiresAt > Date.now() ? row.payload : undefined;
        }

        async destroy(id) {
            rows.delete(`${this.kind}:${id}`);
        }
    };
}

/** Keeps everything in a file; as with Tessera, what was answered survives a loss of power. */
export function createSqliteAdapter(file) {
    const database = new Database(file);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec(
        `CREATE TABLE rows (kind TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL,
                            expires_at INTEGER, PRIMARY KEY (kind, id)) WITHOUT ROWID`,
    );
    const upsert = database.prepare(
        `INSERT INTO rows (kind, id, payload, expires_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (kind, id)
         DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
    );
    const find = database
        .prepare('SELECT payload FROM rows WHERE kind = ? AND id = ? AND expires_at > ?')
        .pluck();
    const destroy = database.prepare('DELETE FROM rows WHERE kind = ? AND id = ?');
    return class SqliteAdapter {
        constructor(kind) {
            this.kind = kind;
        }

        // A transaction each, committed before the call returns.
        async upsert(id, payload, expiresIn) {
            upsert.run(this.kind, id, JSON.stringify(payload), Date.now() + expiresIn * 1000);
        }

        async find(id) {
            const payload = find.get(this.kind, id, Date.now());
            return payload === undefined ? undefined : JSON.parse(payload);
        }

        async destroy(id) {
            destroy.run(this.kind, id);
        }
    };
}
