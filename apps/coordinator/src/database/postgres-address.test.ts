// What an address asks for beside the database is heeded, and takes nothing of ours away: on a real Postgres whose own clock
// shows another zone.
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, test } from 'node:test';
import pg from 'pg';
import { testPostgresUrl } from '../config.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { openDatabase } from './open-database.ts';
import { readPostgresAddress } from './postgres-address.ts';

test('options of the address stand before ours, a schema is a search_path, and the rest stays as it is', () => {
  const plain = 'postgres://ada:p%40ss@db.example:5432/colora?sslmode=require';
  assert.equal(readPostgresAddress(plain).connectionString, plain);
  const { connectionString, options, schema } = readPostgresAddress(
    `${plain}&options=-c%20statement_timeout%3D9s&schema=our%20own`,
  );
  assert.equal(connectionString, plain);
  assert.equal(schema, 'our own');
  assert.match(options, /^-c statement_timeout=9s -c search_path="our\\ own" -c timezone=UTC /);
});

/** A startup message (PostgreSQL's protocol, 55.7): length, version, then names and values, each ended by a zero. */
function withoutOptions(start: Buffer): Buffer {
  const texts = start.subarray(8, -1).toString('latin1').split('\0').slice(0, -1);
  const at = texts.indexOf('options');
  texts.splice(at, 2);
  const rest = Buffer.from(`${texts.map((text) => `${text}\0`).join('')}\0`, 'latin1');
  const head = Buffer.from(start.subarray(0, 8));
  head.writeInt32BE(head.length + rest.length);
  return Buffer.concat([head, rest]);
}

const databaseUrl = testPostgresUrl();
describe('an address', { skip: databaseUrl === undefined && 'COLORA_TEST_POSTGRES is not set' }, () => {
  onEachDatabase('that asks for more', (database) => {
    if (database.kind !== 'postgres') return;

    /** An empty database in New York, and another address of it. */
    const create = async (parameters: string, sql = '') => {
      const { databaseUrl: url = '', dataFolder } = await database.create();
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(
        `ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET timezone = 'America/New_York'`,
      );
      if (sql !== '') await client.query(sql.replace('NAME', new URL(url).pathname.slice(1)));
      await client.end();
      return { databaseUrl: url + parameters, dataFolder };
    };
    const secondsOff = `SELECT abs(extract(epoch FROM now() - "createdAt"))::float8 AS "off", current_schema() AS "schema",
      current_setting('statement_timeout') AS "limit" FROM "Participant"`;
    const cases: [what: string, parameters: string, sql: string, schema: string, limit: string][] = [
      ['options of its own', '?options=-c%20statement_timeout%3D60000', '', 'public', '1min'],
      ['a schema', '?schema=ours', '', 'ours', '0'],
      ['a search_path', '?options=-c%20search_path%3Dours', 'CREATE SCHEMA ours', 'ours', '0'],
      [
        'nothing, for a user with a search_path',
        '',
        `CREATE SCHEMA ours; ALTER DATABASE "NAME" SET search_path = 'ours'`,
        'ours',
        '0',
      ],
    ];
    for (const [what, parameters, sql, schema, limit] of cases) {
      test(`for ${what}: tables, times and limits are right`, async () => {
        const opened = await openDatabase(await create(parameters, sql));
        try {
          await opened.client.participant.create({ data: { name: 'ada', createdAt: new Date() } });
          const [row] =
            await opened.client.$queryRawUnsafe<{ off: number; schema: string; limit: string }[]>(secondsOff);
          assert.deepEqual([row?.schema, row?.limit], [schema, limit]);
          assert.ok(row!.off < 60, `${row!.off} s off`);
        } finally {
          await opened.close();
        }
      });
    }

    test('for a schema that is not there, by its search_path: told with the way out', async () => {
      await assert.rejects(openDatabase(await create('?options=-c%20search_path%3Dnowhere')), {
        name: 'StartError',
        message:
          /leads to no schema: create the one it names, or name one in the address \(\?schema=colora\)/,
      });
    });

    test('of a pooler that drops what is asked for: told, since times would be hours off', async () => {
      const { databaseUrl: url, dataFolder } = await create('');
      const server = new URL(url);
      const pooler = createServer((client) => {
        const line = connect(Number(server.port || 5432), server.hostname);
        client.once('data', (start) => {
          line.write(withoutOptions(start));
          client.pipe(line).pipe(client);
        });
        for (const socket of [client, line]) socket.on('error', () => client.destroy());
      });
      await new Promise<void>((listening) => pooler.listen(0, '127.0.0.1', listening));
      const through = new URL(url);
      through.port = String((pooler.address() as AddressInfo).port);
      through.hostname = '127.0.0.1';
      try {
        await assert.rejects(openDatabase({ databaseUrl: through.href, dataFolder }), {
          name: 'StartError',
          message:
            /at the time of America\/New_York, though UTC was asked for: a pooler .*SET timezone = 'UTC'/,
        });
      } finally {
        pooler.close();
      }
    });

    test('coordinators that start on it at once make its tables once', async () => {
      const options = await create('');
      const opened = await Promise.all([1, 2, 3].map(() => openDatabase(options)));
      assert.equal(opened.filter(({ applied }) => applied.length > 0).length, 1);
      for (const each of opened) await each.close();
    });
  });
});
