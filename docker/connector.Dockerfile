# The agent of a connector (docs/connectors.md). Build it from the repository's root:
#   docker build -f docker/connector.Dockerfile -t pagelapse-connector .
FROM debian:bookworm-slim AS packages
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/pagelapse
COPY requirements/connector.txt /build/requirements/
RUN /opt/pagelapse/bin/pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes -r /build/requirements/connector.txt
COPY src/pagelapse /build/pagelapse
RUN rm -rf /build/pagelapse/local \
 && cp -R /build/pagelapse "$(/opt/pagelapse/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/" \
 && /opt/pagelapse/bin/python -m compileall -q /opt/pagelapse/lib

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates chromium curl fonts-dejavu-core fonts-liberation2 fonts-noto-cjk fonts-noto-color-emoji \
      python3 tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --no-create-home --home-dir /tmp --shell /usr/sbin/nologin pagelapse
COPY --from=packages /opt/pagelapse /opt/pagelapse
ENV PAGELAPSE_CHROMIUM=/usr/lib/chromium/chromium PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER pagelapse
WORKDIR /tmp
# It finishes what is under way within this.
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "/opt/pagelapse/bin/python", "-m", "pagelapse.cli"]
CMD ["connector"]
