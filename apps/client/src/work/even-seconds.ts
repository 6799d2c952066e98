// Time in this app: on a clock that runs evenly and that nobody sets. Only spans of it mean anything.
export const evenSeconds = () => performance.now() / 1000;
