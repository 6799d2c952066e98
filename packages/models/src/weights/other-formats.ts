// What a folder holds instead of weights as safetensors, and what to do about it: for error messages only.

const save =
  "convert them: in Python, transformers' AutoModel…from_pretrained(folder).save_pretrained(folder), which writes safetensors";

const formats: readonly (readonly [pattern: RegExp, what: string, cure: string])[] = [
  [
    /^adapter_(config\.json|model\.(safetensors|bin))$/,
    'is an adapter (PEFT), no base model',
    'name its base model here, and the adapter where a command takes one',
  ],
  [
    /\.gguf$/i,
    'holds GGUF files',
    'pass the path of one as the base model (download it first, where this is a repository)',
  ],
  [/^pytorch_model.*\.(bin|json)$|\.bin$|\.pt$|\.pth$|\.ckpt$/, 'holds weights of PyTorch only', save],
  [
    /^(tf_model\.h5|flax_model\.msgpack|.*\.h5|.*\.msgpack)$/,
    'holds weights of TensorFlow or Flax only',
    save,
  ],
  [/\.onnx$/, 'holds an ONNX graph only', 'take the checkpoint that it was made from'],
  [
    /^model-\d+-of-\d+\.safetensors$/,
    'holds shards without their index',
    'put model.safetensors.index.json beside them',
  ],
  [
    /^(?!model\.safetensors$).*\.safetensors$/,
    'holds safetensors under another name',
    'name it model.safetensors',
  ],
];

/** `; <file> …: <cure>`, or '' where nothing is known of what is there. */
export function otherFormat(present: Iterable<string>): string {
  const names = [...present];
  for (const [pattern, what, cure] of formats) {
    const found = names.find((name) => pattern.test(name));
    if (found !== undefined) return `; it ${what} (${found}): ${cure}`;
  }
  return '';
}
