# Farthing in a container. Written with care, but not built on the authors' machine: check the first build.
#
#   docker build -t farthing .
#   docker run -p 8080:8080 -v farthing:/data -e FARTHING_SECRET=… farthing
#
# Node 24 is the image's own, so the npm package `node` needs no install script here. The server is not compiled: TypeScript runs as it is.
# The web console is built once, here.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM dependencies AS console
COPY tsconfig.json ./
COPY scripts/build-console.mjs ./scripts/
COPY console ./console
COPY docs/openapi.json ./docs/
RUN node scripts/build-console.mjs

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    FARTHING_DATA=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY catalog ./catalog
COPY migrations ./migrations
COPY src ./src
COPY --from=console /app/console/dist ./console/dist
# Only /data is ever written, so the rest may be mounted read-only (`--read-only --tmpfs /tmp`).
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# A drain takes up to 130 s: stop with `docker stop --time 140`.
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]
