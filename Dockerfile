# The coordinator. TypeScript runs as it stands; no install script is run (.npmrc) and none is needed.
FROM node:22-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=7070 COLORA_DATA=/data
WORKDIR /app
COPY . .
RUN npm ci --omit=dev \
 && npm cache clean --force \
 && mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 7070
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch((process.env.TLS_CERT ? 'https' : 'http') + '://127.0.0.1:' + process.env.PORT + '/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Not through npx: signals must reach the process that handles them.
CMD ["node", "apps/cli/bin/colora.js", "coordinator"]
