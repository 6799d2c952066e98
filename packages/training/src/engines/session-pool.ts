// Sessions of large models that are open at a time. Each maps the weights that it reads once more, so beyond a bound the one
// that has not run for longest is closed, and opened again when it is needed: little time beside a step of such a model.
import type { OnnxSession } from './onnx-session.ts';

export interface SessionPool {
  /** A session that is opened now, and again after it was closed. `bytes`: what it maps. Its runs must not overlap others'. */
  add(open: () => Promise<OnnxSession>, bytes: number): Promise<OnnxSession>;
  /** How many are open. */
  readonly open: number;
  close(): Promise<void>;
}

interface Member {
  readonly bytes: number;
  session: OnnxSession;
}

/** At least the one that runs is open, however large. */
export function createSessionPool(bound: number): SessionPool {
  const open = new Set<Member>(); // the one that ran last stands last
  const makeRoom = async (bytes: number): Promise<void> => {
    let sum = bytes;
    for (const member of open) sum += member.bytes;
    for (const member of open) {
      if (sum <= bound) return;
      sum -= member.bytes;
      open.delete(member);
      await member.session.close();
    }
  };
  return {
    async add(openSession, bytes) {
      await makeRoom(bytes);
      const member: Member = { bytes, session: await openSession() };
      open.add(member);
      return {
        async run(inputs, specs) {
          if (!open.delete(member)) {
            await makeRoom(bytes);
            member.session = await openSession();
          }
          open.add(member);
          return member.session.run(inputs, specs);
        },
        async close() {
          if (open.delete(member)) await member.session.close();
        },
      };
    },
    get open() {
      return open.size;
    },
    async close() {
      for (const member of [...open]) {
        open.delete(member);
        await member.session.close();
      }
    },
  };
}
