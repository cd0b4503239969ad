# The function's image: an interpreter, what it is linked to, our modules compiled, and nothing else.
#
#   tools/build-image                                          here, without a registry
#   docker buildx build --platform linux/amd64,linux/arm64 .   for both machines; pip gets the wheels from its index
#
# Inputs: the wheels are pinned by hash (requirements.lock); Python is that of Debian 13 "trixie", from the packages of
# the day, whose versions are kept in /usr/share/doc/debian-packages.txt; a release names its base by digest:
#   --build-arg BASE=debian:trixie-slim@sha256:…
# Nothing below needs BuildKit. No `# syntax=` line: it would make an offline build ask a registry.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
RUN apt-get update -q \
 && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3.13 python3.13-venv ca-certificates \
 && python3.13 -m venv /build/venv
# The folder of wheels need not be there: a pattern may match nothing as long as its neighbour matches.
COPY requirements.lock wheel[s] /build/wheels/
# With wheels at hand no index is asked. Either way each one must have the hash that the lock names.
RUN cd /build/wheels && if ls ./*.whl >/dev/null 2>&1; then offline=--no-index; fi \
 && /build/venv/bin/pip install -q --disable-pip-version-check --no-compile --no-deps --only-binary :all: \
      ${offline:-} --find-links . --require-hashes --target /build/site -r requirements.lock
COPY tools/image_rootfs.py /build/
COPY fn /build/fn
RUN /usr/bin/python3.13 /build/image_rootfs.py /build/site /build/fn /rootfs

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cilium-networking" \
      org.opencontainers.image.description="KRM function: Cilium load balancer pools, L2 announcements and BGP from a kpt package's setters" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /rootfs/ /
# For whoever starts another program in here; the entry point is isolated and says the same by its flags.
ENV PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
# -I: neither the environment nor the current directory can change what runs. -S: no site, there is nothing to find.
ENTRYPOINT ["/usr/bin/python3", "-I", "-S", "-B", "-X", "utf8", "-m", "cilium_networking", "fn"]
