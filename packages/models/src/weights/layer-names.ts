// The layers that tensors' names tell of: `model.layers.11.mlp.up_proj.weight` is of layer 11 under `model.layers.`.

interface LayerName {
  /** What comes before the layer's number. */
  readonly stem: string;
  readonly layer: number;
}

export function layerName(name: string): LayerName | undefined {
  const match = /^(.*?)(?<=^|\.)(\d+)\./.exec(name);
  return match === null ? undefined : { stem: match[1]!, layer: Number(match[2]) };
}

/** One more than the highest number under the stem. */
export function layersUnder(stem: string, names: Iterable<string>): number {
  const found = [...names].map(layerName);
  return Math.max(0, ...found.flatMap((name) => (name?.stem === stem ? [name.layer + 1] : [])));
}
