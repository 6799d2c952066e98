// What a coordinator may answer a member, and what something else may in its stead: the typed client takes it or refuses in words.
import { createApiClient } from '@colora/protocol/api-client';
import { openApiDocument } from '@colora/protocol/openapi/openapi';
import { type FuzzTarget, jsonBytes, textBytes } from '../target.ts';

const problem = {
  type: 'urn:colora:problem:unknown-group',
  title: 'There is no such group',
  status: 404,
  code: 'unknown-group',
  detail: 'there is no group g',
};
const assignment = {
  state: 'running',
  round: {
    number: 1,
    version: 0,
    deadlineAt: '2030-01-01T00:00:00.000Z',
    contributed: false,
    phase: 'joint',
  },
  checkpoint: { version: 0, bytes: 10, sha256: 'a'.repeat(64), encoding: 'f32' },
  pausedReason: null,
  waiting: null,
  place: null,
};

export async function openAnswerTargets(): Promise<FuzzTarget[]> {
  const corpus = [problem, assignment, openApiDocument('1')].map(jsonBytes);
  const statuses = [200, 404, 409, 429, 503, 302, 200];
  let asked = 0;
  const client = (bytes: Uint8Array) =>
    createApiClient('http://127.0.0.1:1', () => 'colora_p_1', {
      fetch: async () => {
        asked += 1;
        const type = asked % 3 === 0 ? 'text/html' : 'application/problem+json';
        const headers = { 'content-type': type, 'retry-after': String(bytes.at(-1)), location: 'http://a/' };
        return new Response(bytes as Uint8Array<ArrayBuffer>, { status: statuses[asked % 7]!, headers });
      },
    });
  const read = (bytes: Uint8Array) => client(bytes).call('getAssignment', { params: { group: 'g' } });
  const pages = [textBytes('<html>no</html>'), ...corpus];
  return [
    { name: 'an answer of JSON', form: 'json', corpus, read, refusesSound: true },
    { name: 'an answer of anything', form: 'bytes', corpus: pages, read, refusesSound: true },
  ];
}
