# Janitor's image.
#
#   docker build -t janitor .
#   docker build -t janitor --build-arg BASE_IMAGE=registry.example/debian-python:12 .
#
# The base needs Python 3.11 or newer as `python3`, with venv and pip: the official slim images have them, and Debian
# with python3-venv and python3-pip. What is installed is docker/requirements.lock; ./scripts/lock renews it.
ARG BASE_IMAGE=python:3.13-slim-bookworm

FROM ${BASE_IMAGE} AS build
WORKDIR /build
COPY docker/build.lock docker/requirements.lock ./
# Each wheel is one of those that the lock file has a hash of, or built here from a source that it has a hash of.
RUN python3 -m venv tools \
 && tools/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r build.lock \
 && tools/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-build-isolation --require-hashes \
      --wheel-dir wheels -r requirements.lock
COPY pyproject.toml README* LICENSE source/
COPY janitor source/janitor/
# No pip in there, nothing that only a compiler, a test or a highlighter of source code reads (10 MB of lexers), no
# command but Janitor's own; and bytecode that no file's date can make stale: nobody could write newer one.
RUN tools/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-build-isolation --no-deps --no-index \
      --wheel-dir wheels ./source \
 && python3 -m venv --without-pip /opt/janitor \
 && tools/bin/pip --python /opt/janitor/bin/python install --no-cache-dir --disable-pip-version-check --no-index \
      --no-deps --no-compile wheels/*.whl \
 && find /opt/janitor -type f \( -name '*.c' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pyi' \) -delete \
 && cd /opt/janitor && rm -rf include lib/python3*/site-packages/*/tests lib/python3*/site-packages/kazoo/testing \
 && find lib/python3*/site-packages/pygments/lexers -type f ! -name __init__.py ! -name _mapping.py -delete \
 && find bin ! -type d ! -name 'python*' ! -name janitor -delete \
 && /opt/janitor/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/janitor/lib
COPY docker/entrypoint.py /opt/janitor/bin/
RUN chmod 0755 /opt/janitor/bin/entrypoint.py
# What shells and man read of Janitor, where they look for it.
RUN cd /opt/janitor && share=/share/bash-completion/completions && mkdir -p "$share" /share/zsh/site-functions \
      /share/fish/vendor_completions.d /share/man/man1 \
 && bin/janitor completion bash > "$share/janitor" \
 && bin/janitor completion zsh > /share/zsh/site-functions/_janitor \
 && bin/janitor completion fish > /share/fish/vendor_completions.d/janitor.fish \
 && bin/python -m janitor.cli.manpage > /share/man/man1/janitor.1

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="janitor" \
      org.opencontainers.image.description="Removes what a Mesos or DC/OS service left behind: reservations, persistent volumes and its znode" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/janitor /opt/janitor
COPY --from=build /share /usr/local/share/
# /janitor.py is the original's place, which command lines, Marathon apps and scripts name. Marathon starts them through
# /bin/sh -c: Debian's dash would stay as the container's first process, and no SIGTERM would get past it; bash gives
# its place to the command.
RUN ln -s /opt/janitor/bin/janitor /janitor.py \
 && if [ -x /bin/bash ]; then ln -sf bash /bin/sh; fi
# Where it is started, /janitor.py would else be taken for the module (`python -m janitor`).
ENV PATH=/opt/janitor/bin:$PATH LANG=C.UTF-8 PYTHONSAFEPATH=1
USER 10001:10001
ENTRYPOINT ["/opt/janitor/bin/entrypoint.py"]
