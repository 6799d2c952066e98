// Which errors are the database's trouble, and which: by SQLSTATE class, by code, by kind and by words. That real outages
// give such errors is test/database-outages.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { innermost, isUniqueViolation, type Trouble, troubleOf } from './database-errors.ts';

const coded = (code: string, message = 'said so') => Object.assign(new Error(message), { code });
/** As Prisma 7.10 wraps what a driver adapter throws. */
const wrapped = (cause: object) =>
  Object.assign(new Error('Raw query failed.'), {
    code: 'P2010',
    meta: { driverAdapterError: Object.assign(new Error('DriverAdapterError'), { cause }) },
  });

const cases: readonly (readonly [Trouble | null, ...unknown[]])[] = [
  [
    'unreachable',
    coded('08006'),
    coded('57P01'),
    coded('57P03'),
    coded('28P01'),
    coded('3D000'),
    coded('55000'),
    coded('58030'),
  ],
  ['unreachable', coded('ECONNREFUSED'), coded('EHOSTUNREACH'), coded('EAI_AGAIN'), coded('P1001')],
  [
    'unreachable',
    Object.assign(coded('ENOENT'), { syscall: 'connect' }),
    new Error('Connection terminated unexpectedly'),
  ],
  ['unreachable', new AggregateError([coded('ECONNREFUSED')]), wrapped({ kind: 'DatabaseNotReachable' })],
  ['unreachable', wrapped({ kind: 'ConnectionClosed' }), wrapped({ kind: 'AuthenticationFailed' })],
  [
    'silent',
    coded('57014'),
    coded('25P03'),
    coded('P2024'),
    coded('ETIMEDOUT'),
    new Error('timeout expired'),
  ],
  ['silent', wrapped({ kind: 'SocketTimeout' }), new Error('timeout exceeded when trying to connect')],
  ['read-only', coded('25006'), wrapped({ kind: 'postgres', code: '25006', originalCode: '25006' })],
  ['full', coded('53100'), coded('ENOSPC'), wrapped({ kind: 'postgres', code: '53100' })],
  ['crowded', coded('53300'), coded('53200'), coded('53400'), wrapped({ kind: 'TooManyConnections' })],
  ['conflict', coded('40001'), coded('40P01'), coded('P2034'), wrapped({ kind: 'TransactionWriteConflict' })],
  [
    null,
    coded('23505'),
    coded('42P01'),
    coded('22003'),
    coded('P2002'),
    coded('ENOENT'),
    new Error('x'),
    null,
    'x',
  ],
  [null, wrapped({ kind: 'UniqueConstraintViolation', originalCode: '23505' }), undefined],
];

test('each trouble is told from the others, and from errors of ours', () => {
  for (const [trouble, ...errors] of cases)
    for (const error of errors) assert.equal(troubleOf(error), trouble, innermost(error));
});

test('a unique violation is found wherever it stands', () => {
  for (const error of [coded('P2002'), coded('23505'), wrapped({ kind: 'postgres', originalCode: '23505' })])
    assert.ok(isUniqueViolation(error));
  assert.equal(isUniqueViolation(coded('23503')), false);
});

test('the log is told one line of the innermost error', () => {
  assert.equal(innermost(coded('08006', 'first\nlast')), '08006: last');
  assert.equal(innermost(wrapped({ kind: 'DatabaseNotReachable' })), 'DatabaseNotReachable');
});
