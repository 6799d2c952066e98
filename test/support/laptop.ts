// A machine whose power a test switches, and the rests of a daemon that waits while it runs on battery.
import { type Guest, type Machine, openGuest } from '@colora/client/guest/guest-settings';

export interface Laptop {
  readonly facts: { power: 'battery' | 'mains' };
  readonly guest: Guest;
}

export async function laptop(power: 'battery' | 'mains'): Promise<Laptop> {
  const facts = { power };
  const machine: Machine = {
    now: () => new Date(),
    power: async () => facts.power,
    idleSeconds: async () => null,
    everySeconds: 0.02,
  };
  return { facts, guest: await openGuest({ onBattery: 'wait' }, machine) };
}
