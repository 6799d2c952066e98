// An invitation's link comes back as what it was made of, for any group's name and any address; other texts are none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInvitationLink, readInvitationLink } from './invitation-link.ts';

test('a link holds address, group and invitation', () => {
  for (const url of ['http://127.0.0.1:7070', 'https://example.org/behind/a/path'])
    for (const group of ['reviews', 'kliniken-nord', 'ÄŸ'.toLowerCase(), '評価', 'a.b_c-d']) {
      const link = { url, group, invitation: 'colora_i_0b1c-2.ab.x_y-z' };
      assert.deepEqual(readInvitationLink(formatInvitationLink(link)), link);
      assert.deepEqual(readInvitationLink(`${formatInvitationLink({ ...link, url: `${url}/` })}\n`), link);
    }
});

test('what is no such link is none', () => {
  for (const text of [
    'http://127.0.0.1:7070',
    'colora_i_0b1c.ab.xyz',
    'ftp://host/join/g#colora_i_a',
    'http://host/join/g#',
    'http://host/join/g?x#colora_i_a',
    'http://host/join/%zz#colora_i_a',
    'http://host/join/a/b#colora_i_a b',
    `http://host/join/g#colora_i_${'a'.repeat(300)}`,
  ])
    assert.equal(readInvitationLink(text), null, text);
});
