# The coordinator, with what operators do beside it (colora groups, keys, backup, …). No engine and no model: members install those.
# How the tree is laid: scripts/image/lay-tree.ts; how large it is: docs/operators.md.
FROM node:22-trixie-slim AS build
WORKDIR /src
COPY . .
# No install script runs (.npmrc), and none is needed. Workspaces that have something to build are built: the dashboard.
RUN npm ci --no-audit --no-fund \
 && npm run generate \
 && npm run build --workspaces --if-present \
 && npm run image-tree -- /app

FROM node:22-trixie-slim
# pg_dump and pg_restore of the server's version or newer, for colora backup; empty: none, for the embedded database.
ARG POSTGRES_CLIENT=17
RUN if [ -n "$POSTGRES_CLIENT" ]; then \
      apt-get update \
      && apt-get install -y --no-install-recommends "postgresql-client-$POSTGRES_CLIENT" \
      && rm -rf /var/lib/apt/lists/*; \
    fi \
 && mkdir /data && chown node:node /data
COPY --from=build /app /app
RUN ln -s /app/apps/cli/bin/colora.js /usr/local/bin/colora
ENV NODE_ENV=production HOST=0.0.0.0 PORT=7070 COLORA_DATA=/data LOG_FORMAT=json
WORKDIR /data
# By number, so that Kubernetes sees that it isn't root. Nothing but /data and /tmp is written: the root file system may be read-only.
USER 1000:1000
VOLUME /data
EXPOSE 7070
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch((process.env.TLS_CERT ? 'https' : 'http') + '://127.0.0.1:' + process.env.PORT + '/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Not through npx: signals must reach the process that handles them.
CMD ["node", "/app/apps/cli/bin/colora.js", "coordinator"]
