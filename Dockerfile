# Weir in a container: docs/deploy.md. The binaries of uWebSockets.js for Node 24 need glibc 2.38 or newer: Debian trixie has 2.41; Alpine (musl) does not run it.
FROM node:24-trixie-slim AS build
WORKDIR /weir
COPY package.json package-lock.json asconfig.json tsconfig.json tsconfig.build.json ./
COPY assembly assembly
COPY page page
COPY plugins plugins
COPY scripts scripts
COPY src src
RUN npm ci --no-audit --no-fund && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /weir
COPY --from=build /weir/package.json ./
COPY --from=build /weir/node_modules node_modules
COPY --from=build /weir/build build
COPY --from=build /weir/dist dist
COPY --from=build /weir/plugins plugins
COPY LICENSE README.md ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8787 8788
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:8787/weir/readyz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/weir/dist/cli/weir.js"]
CMD ["start", "--config", "/etc/weir/weir.yaml"]
