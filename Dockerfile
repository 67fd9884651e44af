# An Airbyte source for one spec or connector:
#   docker build --build-arg SPEC=rokt -t source-rokt .
#   docker run --rm source-rokt spec
FROM python:3.11-slim
ARG SPEC

COPY pyproject.toml README.md LICENSE /build/
COPY engine /build/engine
COPY specs /build/specs
COPY connectors /build/connectors
COPY cassettes /build/cassettes
RUN pip install --no-cache-dir /build && rm -rf /build
RUN test -n "$SPEC" \
 && printf '#!/bin/sh\nexec tapwright airbyte %s "$@"\n' "$SPEC" > /usr/local/bin/source \
 && chmod +x /usr/local/bin/source \
 && source spec > /dev/null \
 && useradd --create-home airbyte

USER airbyte
WORKDIR /home/airbyte
ENV AIRBYTE_ENTRYPOINT=/usr/local/bin/source
ENTRYPOINT ["/usr/local/bin/source"]
LABEL io.airbyte.name=tapwright/source-$SPEC
