# syntax=docker/dockerfile:1
# Two stages: the first installs the locked, hashed packages, the second holds only what runs. No compiler, no package manager's cache.

FROM python:3.13-slim AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/vigie
COPY requirements.lock ./
RUN /opt/vigie/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY bot/ bot/
COPY config/ config/
# The compiled lexicon is made now, so that a first start need not wait for it, and .pyc files too.
RUN /opt/vigie/bin/python -m compileall -q bot \
 && PYTHONPATH=/app VIGIE_DATABASE_URL=sqlite:////app/data/vigie.db /opt/vigie/bin/python -m bot check \
 && rm -f data/vigie.db data/vigie.db-*

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --home-dir /app --shell /usr/sbin/nologin vigie
WORKDIR /app
COPY --from=build /opt/vigie /opt/vigie
COPY --from=build /app/bot bot
COPY --from=build /app/config config
# A new, empty volume on /app/data takes over what stands here: the compiled lexicon, owned by the account that runs.
COPY --from=build --chown=vigie:vigie /app/data data
COPY packaging/container-health.py /usr/local/bin/container-health
COPY --chmod=755 packaging/container-start.sh /usr/local/bin/container-start
ENV PATH=/opt/vigie/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    VIGIE_CONFIG=/app/config \
    XDG_CACHE_HOME=/app/data \
    MPLCONFIGDIR=/tmp/matplotlib \
    VIGIE_HTTP__LISTEN=0.0.0.0:8080 \
    VIGIE_LOG__FORMAT=json
USER vigie
VOLUME /app/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s --retries=3 CMD ["python", "/usr/local/bin/container-health"]
# SIGTERM ends in order: what is being sent is finished or recorded.
STOPSIGNAL SIGTERM
ENTRYPOINT ["container-start"]
CMD ["run"]
