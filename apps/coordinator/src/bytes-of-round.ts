// What a round takes of a member's line at most.
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { NamedShape } from '@colora/tensors/pieces';
import { mostCheckpointBytes } from '@colora/tensors/wire/wire-checkpoint';

/** Of all tensors, and an upload before what top-k leaves out. Controls travel beside the tensors and are as large. */
export function bytesOfRound({ wire, training }: TaskSettings, tensors: readonly NamedShape[]) {
  const times = training.controls ? 2 : 1;
  const upload = wire.upload === 'top-k' ? 'bf16' : wire.upload;
  return {
    download: times * mostCheckpointBytes(wire.download, tensors),
    upload: times * mostCheckpointBytes(upload, tensors),
  };
}
