// Something costly made once per key, however many ask for it at a time. A failure is told to those who waited and
// forgotten, so that the next one to ask tries again: a mended folder opens, memory may be free by then.

/** What `made` holds for the key, or else what `make` gives, kept there. Who owns the map may count and clear it. */
export function oncePerKey<T>(
  made: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const found = made.get(key);
  if (found !== undefined) return found;
  const promise = make();
  made.set(key, promise);
  promise.catch(() => {
    if (made.get(key) === promise) made.delete(key);
  });
  return promise;
}
