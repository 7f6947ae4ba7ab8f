# worker: what runs in production; only what requirements-worker.lock names, as nobody in particular.
# local-aws: an AWS-compatible server for the profile `local` of docker-compose.yml; never in production.
ARG PYTHON=3.13.0-slim-bookworm

FROM python:${PYTHON} AS worker
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements-worker.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-worker.lock \
 && useradd --system --uid 10001 --home-dir /var/lib/hopstop --create-home hopstop
COPY activities activities
COPY cli cli
COPY detectors detectors
COPY integrations integrations
COPY model model
COPY playbooks playbooks
COPY simulator simulator
COPY trust trust
COPY workflows workflows
COPY config.py worker.py ./
USER hopstop
VOLUME /var/lib/hopstop
ENTRYPOINT ["python", "worker.py"]

FROM python:${PYTHON} AS local-aws
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock \
 && useradd --system --uid 10001 --no-create-home ministack
USER ministack
ENV BIND_HOST=0.0.0.0 AUTH=true GATEWAY_PORT=4566
EXPOSE 4566
ENTRYPOINT ["ministack"]
