// Links as they are pasted come out as they were made, or with what is wrong with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatInvitationLink } from './invitation-link.ts';
import { readPasted } from './pasted-link.ts';

const invitation = `colora_i_0b1c2d3e-aaaa-bbbb-cccc-0123456789ab.t6x1z0.${'aB3-_'.repeat(8)}xyz`;
const made = { url: 'https://colora.example.org/behind', group: 'grün-2', invitation };
const link = formatInvitationLink(made);

test('noise around a link, and within it what mail and chat programs put there', () => {
  for (const pasted of [
    link,
    ` ${link}\r\n`,
    `<${link}>`,
    `"${link}"`,
    `“${link}”.`,
    `‘${link}’`,
    `(${link}),`,
    `[join us](${link})`,
    `Please join: ${link}`,
    `Please join:\n${link} until Friday!`,
    `${link}.`,
    `${link}\u200b`,
    `\ufeff${link}`,
    `${link.slice(0, 40)}\n${link.slice(40)}`,
    `${link.slice(0, 60)}\r\n   ${link.slice(60, 90)}\r\n   ${link.slice(90)}`,
    link.replace('#', '%23'),
    link.replace('https', 'HTTPS'),
    encodeURIComponent(link),
  ])
    assert.deepEqual(readPasted(pasted), { is: 'link', link: made }, pasted);
});

test('a link that cannot be used is told by what is wrong with it', () => {
  for (const [pasted, why] of [
    [link.slice(0, link.indexOf('#')), /no invitation: .*cut off/],
    [link.slice(0, -4), /not whole/],
    [`${link}more`, /not whole, or something else follows/],
    [`${link.slice(0, link.indexOf('#'))}#/groups/x`, /no invitation, which begins with colora_i_/],
    [invitation, /without its address/],
    ['x'.repeat(5000), /far longer/],
  ] as const) {
    const read = readPasted(pasted);
    assert.equal(read.is, 'broken', pasted);
    assert.match(read.is === 'broken' ? read.why : '', why);
  }
});

test('what is no link stays what it was, but for what stood around it', () => {
  for (const [pasted, text] of [
    ['http://127.0.0.1:7070', 'http://127.0.0.1:7070'],
    ['<http://127.0.0.1:7070>', 'http://127.0.0.1:7070'],
    ['http://127.0.0.1:7070/join/', 'http://127.0.0.1:7070/join/'],
    ['localhost:7070', 'localhost:7070'],
    ['', ''],
  ] as const)
    assert.deepEqual(readPasted(pasted), { is: 'other', text });
});

test('no text, however long or strange, takes it apart', () => {
  const unit = fc.constantFrom(
    'h',
    'ttp',
    's',
    '://',
    '/join/',
    '#',
    'colora_i_',
    '.',
    '%',
    '%23',
    ' ',
    '\n',
    '<',
    '"',
    'é',
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      const read = readPasted(text);
      if (read.is === 'broken') assert.ok(!read.why.includes(text) || text.length < 3);
    }),
  );
  for (const sign of ['<', ' ', '%', '#', '/join/', '\u200b', 'https://'])
    readPasted(sign.repeat(4000 / sign.length));
});
