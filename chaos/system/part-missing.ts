// What a chaos run needs and this machine has not: told as it stands, without a stack.

export class PartMissing extends Error {
  override readonly name = 'PartMissing';
}
