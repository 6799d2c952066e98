// Of the environment that a service is installed from, what its daemon reads: a system starts services with an environment of its own.

const carried = [
  ...['COLORA_CACHE', 'COLORA_INSECURE', 'COLORA_CLIENT_CERT', 'COLORA_CLIENT_KEY'],
  ...['COLORA_PAUSE_BETWEEN', 'COLORA_ON_BATTERY', 'COLORA_IDLE_ONLY', 'COLORA_CPU_SHARE', 'COLORA_PRIORITY'],
  ...['COLORA_MAX_UPLOAD', 'COLORA_MAX_DOWNLOAD', 'COLORA_MAX_MEMORY', 'COLORA_MAX_MINUTES_PER_ROUND'],
  ...['COLORA_MAX_STEPS', 'COLORA_MAX_BYTES_PER_DAY', 'COLORA_MIN_NOISE', 'COLORA_MAX_EPSILON'],
  ...['COLORA_REQUIRE_CLIP', 'COLORA_REQUIRE_SECURE_AGGREGATION', 'COLORA_REQUIRE_VOUCHED'],
  ...['COLORA_NO_GUARD', 'COLORA_NO_FIGURES', 'COLORA_NO_REPORTS', 'COLORA_DEBUG', 'LOG_FORMAT'],
  ...[
    'HF_HOME',
    'HF_HUB_CACHE',
    'HUGGINGFACE_HUB_CACHE',
    'HF_HUB_OFFLINE',
    'TRANSFORMERS_OFFLINE',
    'HF_ENDPOINT',
  ],
  ...['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_TOKEN_PATH', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME'],
  ...[
    'HTTPS_PROXY',
    'HTTP_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'https_proxy',
    'http_proxy',
    'all_proxy',
    'no_proxy',
  ],
  ...['NODE_EXTRA_CA_CERTS', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES'],
];

/** Those that are set, by name. Keys that commands of operators and admins use are none of them. */
export function carriedEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    carried.flatMap((name) => {
      const value = environment[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
