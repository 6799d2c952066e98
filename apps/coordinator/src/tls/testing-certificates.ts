// For tests: an authority and certificates that it signed, made by openssl (a part of every system that serves TLS). No tests here.
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Paths of files in `folder`: `ca.pem` is the authority's certificate. */
export function makeAuthority(folder: string) {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: folder });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  return {
    ca: at('ca.pem'),
    /** For 127.0.0.1, and for whoever shows it. */
    sign(name: string): TestCertificate {
      openssl('req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1');
      openssl(
        ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
        ...['-out', `${name}.pem`, '-days', '2', '-extfile', 'names'],
      );
      return { cert: at(`${name}.pem`), key: at(`${name}.key`) };
    },
  };
}

/** As who renews a certificate does it. */
export function replace(one: TestCertificate, by: TestCertificate): void {
  copyFileSync(by.cert, one.cert);
  copyFileSync(by.key, one.key);
}
