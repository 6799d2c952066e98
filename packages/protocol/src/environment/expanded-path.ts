// Paths in variables that no shell has seen (.env files, units of services, compose files): ~ and $NAME are meant as a
// shell would have expanded them, not as names of folders.

interface Surroundings {
  readonly home: () => string;
  readonly read: (name: string) => string | undefined;
}

/** As Python's expanduser and expandvars: ~ alone at the start, $NAME and ${NAME} anywhere; what is not set stands as it is. */
export function expandedPath(path: string, { home, read }: Surroundings): string {
  const fromHome = /^~(?=$|[/\\])/.test(path) ? home() + path.slice(1) : path;
  return fromHome.replace(
    /\$(?:\{([^}]+)\}|(\w+))/g,
    (whole, braced?: string, bare?: string) => read(braced ?? bare ?? '') ?? whole,
  );
}
