// What `join` and `import` say alike of who a workspace is.

export const replaceKeyHelp =
  'with --key of another participant than the workspace’s: give up the workspace’s own key';
