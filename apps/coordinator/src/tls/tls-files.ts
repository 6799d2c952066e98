// Certificate, key and the authority of members' certificates, as PEM files: read, checked, and read again when they change, so
// that a renewed certificate needs no restart. Who has to show a certificate is certified.ts's.
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:http';
import { createSecureContext, type Server as TlsServer } from 'node:tls';
import { systemErrorOf } from '@colora/protocol/failures/system-errors';
import type { Logger } from 'pino';
import { StartError } from '../start-error.ts';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Of the authority that members' certificates are of; undefined: they need none. */
  readonly clientCa?: string | undefined;
}

export interface TlsSettings {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

const changedMs = 2_000;

export type GivenTlsFiles = { readonly [File in keyof TlsFiles]?: TlsFiles[File] | undefined };

/** Of what a user gave: all that is needed, or none of it. Throws StartError. */
export function tlsFilesOf(given: GivenTlsFiles = {}): TlsFiles | undefined {
  const { cert, key, clientCa } = given;
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa };
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  const missing = [
    ...(cert === undefined ? ['--tls-cert'] : []),
    ...(key === undefined ? ['--tls-key'] : []),
  ];
  throw new StartError(`TLS needs a certificate and its key: name ${missing.join(' and ')} too`);
}

/** Throws StartError, which names the file and what to mend. */
export function readTls({ cert, key, clientCa }: TlsFiles): TlsSettings {
  const settings = {
    cert: readPem('--tls-cert', cert, 'CERTIFICATE'),
    key: readPem('--tls-key', key, 'PRIVATE KEY'),
    ...(clientCa === undefined ? {} : { ca: readPem('--tls-client-ca', clientCa, 'CERTIFICATE') }),
  };
  try {
    createSecureContext(settings);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(
      `--tls-cert ${cert} and --tls-key ${key} cannot be used together (${why}): name a certificate and the key that it was made for`,
      { cause: error },
    );
  }
  return settings;
}

/** Gives a server the files anew whenever one of them changes; what cannot be used is told, and the last ones stay. Returns its end. */
export function followTls(
  server: Server,
  files: TlsFiles,
  log: Pick<Logger, 'info' | 'error'>,
  everyMs = changedMs,
): () => void {
  const again = () => {
    try {
      (server as unknown as TlsServer).setSecureContext(readTls(files));
      log.info({ cert: files.cert }, 'the TLS certificate was read anew');
    } catch (error) {
      log.error({ err: error }, 'the new TLS files cannot be used: the last ones stay');
    }
  };
  const paths = Object.values(files).filter((path) => path !== undefined);
  for (const path of paths) watchFile(path, { interval: everyMs, persistent: false }, again);
  return () => {
    for (const path of paths) unwatchFile(path, again);
  };
}

function readPem(flag: string, path: string, what: string): Buffer {
  const bytes = read(flag, path);
  if (new RegExp(`-----BEGIN [A-Z ]*${what}-----`).test(bytes.toString('latin1'))) return bytes;
  throw new StartError(`${flag} ${path} holds no ${what} in PEM form (-----BEGIN ...): name such a file`);
}

function read(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = systemErrorOf(error)?.words ?? String(error);
    throw new StartError(`${flag} ${path} cannot be read: ${why}`, { cause: error });
  }
}
