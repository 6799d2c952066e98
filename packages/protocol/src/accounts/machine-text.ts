// How it is told to people what a member's daemon trains on. Without the schema: help is printed without loading that.
import type { Machine } from './machine.ts';

/** "onnx on cpu" */
export const machineText = ({ engine, device }: Pick<Machine, 'engine' | 'device'>) =>
  `${engine} on ${device}`;
