// The session's token, which goes along with each request that changes something. Who is signed in is session.ts's.
let held: string | null = null;

export function holdToken(token: string | null): void {
  held = token;
}

export const token = (): string | null => held;
