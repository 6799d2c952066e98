/** Rings for those who are waiting. */
export function makeBell(): { ring: () => void; next: () => Promise<void> } {
  let release: () => void = () => undefined;
  let promise = Promise.resolve();
  return {
    ring: () => release(),
    next: () => {
      promise = new Promise((done) => {
        release = done;
      });
      return promise;
    },
  };
}
