// Settings of a provider of OpenID Connect: what is lacking is said at the start, and which role follows from them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartError } from '../start-error.ts';
import { type GivenOidc, grantedBy, readOidc } from './oidc-settings.ts';

const whole: GivenOidc = {
  OIDC_ISSUER: 'https://id.example',
  OIDC_CLIENT_ID: 'colora',
  OIDC_ROLES: 'a b=admin;c=operator:x,y; cn=d,dc=e=operator',
};

test('settings of a provider are whole or say what is missing', () => {
  const read = readOidc(whole, 'https://colora.example');
  assert.equal(read?.redirectUri, 'https://colora.example/v1/session/oidc/callback');
  assert.deepEqual(read?.rules, [
    { value: 'a b', role: 'admin', groups: null },
    { value: 'c', role: 'operator', groups: ['x', 'y'] },
    { value: 'cn=d,dc=e', role: 'operator', groups: null },
  ]);
  assert.equal(readOidc({ OIDC_CLIENT_ID: 'colora' }, undefined), null);
  const wrong: [GivenOidc, RegExp][] = [
    [{ OIDC_ISSUER: 'http://id.example' }, /OIDC_ISSUER/],
    [{ OIDC_CLIENT_ID: undefined }, /OIDC_CLIENT_ID/],
    [{ OIDC_ROLES: undefined }, /OIDC_ROLES/],
    [{ OIDC_ROLES: ' ; ' }, /OIDC_ROLES/],
    [{ OIDC_ROLES: 'a=participant' }, /OIDC_ROLES/],
    [{ OIDC_ROLES: 'a' }, /OIDC_ROLES/],
    [{ OIDC_ROLES: '=admin' }, /OIDC_ROLES/],
    [{ OIDC_ROLES: 'a=admin:' }, /OIDC_ROLES/],
    [{ OIDC_ROLES: 'a=admin:Not A Name' }, /OIDC_ROLES/],
    [{ OIDC_SCOPES: 'profile' }, /OIDC_SCOPES/],
    [{ OIDC_CLIENT_SECRET_FILE: '/nowhere/secret' }, /OIDC_CLIENT_SECRET_FILE/],
    [{ OIDC_CLIENT_SECRET_FILE: '/dev/null' }, /OIDC_CLIENT_SECRET_FILE.*empty/],
    [{ OIDC_CLIENT_SECRET: 'x', OIDC_CLIENT_SECRET_FILE: '/dev/null' }, /one of/],
  ];
  for (const [changed, message] of wrong)
    assert.throws(
      () => readOidc({ ...whole, ...changed }, 'https://colora.example'),
      (error) => error instanceof StartError && message.test(error.message),
      String(message),
    );
  assert.throws(() => readOidc(whole, undefined), /PUBLIC_URL/);
});

test('a role for all groups goes before one for some; groups of one role are put together; without a rule there is none', () => {
  const { rules } = readOidc(
    { ...whole, OIDC_ROLES: 'all=operator;x=admin:x;y=admin:y;z=operator:z' },
    'https://colora.example',
  )!;
  assert.deepEqual(grantedBy(rules, ['x', 'z', 'y']), { role: 'admin', groups: ['x', 'y'] });
  assert.deepEqual(grantedBy(rules, ['x', 'all']), { role: 'operator', groups: null });
  for (const values of [[], ['X', ''], ['admin']]) assert.equal(grantedBy(rules, values), null);
});
