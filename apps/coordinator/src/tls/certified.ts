// Mutual TLS: where the coordinator names an authority, members come with a certificate of it beside their key. Operators, admins
// and whoever asks whether it lives need none.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ProblemError } from '@colora/protocol/problems';

/** Throws client-certificate-needed unless the connection showed a certificate that its authority signed. */
export function assertCertified(socket: Socket): void {
  if (socket instanceof TLSSocket && socket.authorized) return;
  throw new ProblemError(
    'client-certificate-needed',
    'members come with a certificate here: name its files in COLORA_CLIENT_CERT and COLORA_CLIENT_KEY',
  );
}
