// For tests: a TCP proxy that cuts each connection after so many bytes of answers. No tests here.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export interface CuttingProxy {
  readonly url: string;
  /** Bytes of answers that went through. */
  readonly passed: () => number;
  close(): void;
}

/** `afterBytes` is asked for every connection. */
export async function cuttingProxy(target: string, afterBytes: () => number): Promise<CuttingProxy> {
  let passed = 0;
  const server = createServer((socket) => {
    const behind = connect(Number(new URL(target).port), '127.0.0.1');
    let left = afterBytes();
    const cut = () => {
      socket.destroy();
      behind.destroy();
    };
    socket.on('error', cut).on('close', cut).pipe(behind);
    behind.on('error', cut).on('end', () => socket.end());
    behind.on('data', (chunk) => {
      const part = chunk.subarray(0, left);
      left -= part.byteLength;
      passed += part.byteLength;
      socket.write(part, () => left === 0 && cut());
    });
  });
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, passed: () => passed, close: () => server.close() };
}
