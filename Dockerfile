# A Hugging Face Docker Space: user 1000, port 7860. Everything is pinned by hash in requirements.lock.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/scorekeeper
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN /opt/scorekeeper/bin/pip install --require-hashes -r requirements.lock
# The build backend stays out of the image.
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements-build.lock
COPY . .
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheel \
  && /opt/scorekeeper/bin/pip install --no-deps /wheel/*.whl

FROM python:3.11-slim
RUN useradd --create-home --uid 1000 user
COPY --from=build /opt/scorekeeper /opt/scorekeeper
USER user
ENV PATH=/opt/scorekeeper/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SCOREKEEPER_HOST=0.0.0.0 \
    SCOREKEEPER_PORT=7860 \
    SCOREKEEPER_HOME=/home/user/scorekeeper
WORKDIR /home/user
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/readyz', timeout=4)"]
CMD ["scorekeeper", "serve"]
