// CUDA's libraries shorten the factors of float32 products to TF32's 10 bits wherever they may, and onnxruntime's Node
// binding passes no option against it (seen on an H100: gradients off by up to 1.6e-2, and no step faster). Here they
// are told not to, by NVIDIA's own variable.

/**
 * They read the process's environment when a card is first used, and only the main thread can write that: call it
 * there before. Who sets NVIDIA_TF32_OVERRIDE otherwise keeps their choice.
 */
export function keepFloat32OnCuda(): void {
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
}
