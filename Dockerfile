# Two stages: the wheel is built, then installed alone, so the image holds what users get.
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir build && python -m build --wheel --outdir /wheels

FROM python:3.13-slim
LABEL org.opencontainers.image.title="aiwyn-mockserver" org.opencontainers.image.licenses="MIT"
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir /wheels/*.whl && useradd --create-home mock
USER mock
EXPOSE 4020
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:4020/__admin/health')"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["mockserver"]
CMD ["serve", "--host", "0.0.0.0"]
