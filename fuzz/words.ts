// Which errors are words for a person: the house's own, and what the system says of a file. All others are faults of ours.
import { AdapterError } from '@colora/adapters/adapter-error';
import { ClientError } from '@colora/client/client-error';
import { ModelError } from '@colora/models/model-error';
import { ApiProblem } from '@colora/protocol/api-client';
import { FileProblem } from '@colora/protocol/failures/file-problem';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { SafetensorsError } from '@colora/tensors/safetensors/safetensors-error';
import { DataError, TrainingError } from '@colora/training/training-error';

const inWords = [
  AdapterError,
  ApiProblem,
  ClientError,
  DataError,
  FileProblem,
  ModelError,
  NetworkProblem,
  SafetensorsError,
  TrainingError,
];

/** Nobody reads more. */
const mostLetters = 2_000;

/** Null where the error is one, else what is wrong with it. */
export function faultOf(error: unknown): string | null {
  if (!(error instanceof Error)) return `threw ${typeof error}`;
  if (!inWords.some((kind) => error instanceof kind)) return `${error.stack}`;
  if (error.message.trim() === '') return `${error.name} without words`;
  return error.message.length > mostLetters ? `${error.name} of ${error.message.length} letters` : null;
}
