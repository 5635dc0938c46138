# One image for web, worker and beat; compose.yaml says which it is to be.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt constraints.txt /tmp/
# What only some sites need, such as a provider's own package.
ARG EXTRA_PACKAGES=""
# Wheels, and one package of plain Python: nothing is compiled here.
RUN pip install --prefer-binary --use-pep517 -r /tmp/requirements.txt -c /tmp/constraints.txt $EXTRA_PACKAGES

FROM python:3.11-slim
# Readers live in time zones, which slim images do not all know.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/paperboy --shell /usr/sbin/nologin paperboy \
    && chmod 700 /var/lib/paperboy
COPY --from=build /opt/venv /opt/venv
COPY manage.py /srv/paperboy/
COPY digest /srv/paperboy/digest
COPY subscriptions /srv/paperboy/subscriptions
COPY templates /srv/paperboy/templates
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/paperboy BIND=0.0.0.0:8000
WORKDIR /srv/paperboy
# Static files belong to the code: collected once, with settings of the moment that open nothing.
ENV STATIC_ROOT=/srv/paperboy/static
RUN SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(50))') \
    SUPPRESSION_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(50))') \
    SITE_URL=https://build.invalid DEFAULT_FROM_EMAIL=build@build.invalid POSTAL_ADDRESS=build \
    VAR_DIR=/tmp/build python manage.py collectstatic --no-input \
    && rm -rf /tmp/build
USER paperboy
VOLUME /var/lib/paperboy
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "python:digest.serving", "digest.wsgi"]
