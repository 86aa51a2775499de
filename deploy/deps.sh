#!/usr/bin/env bash
# Installs the Debian packages that building icebox needs; `deploy/deps.sh tests` adds what the tests need.
# Does nothing, quickly, when all of them are there.
set -euo pipefail

build=(g++ cmake ninja-build ccache pkg-config git ca-certificates libevent-dev libssl-dev libsqlite3-dev
  nlohmann-json3-dev libtomlplusplus-dev libcli11-dev libspdlog-dev prometheus-cpp-dev libunistring-dev libsimdjson-dev
  libboost1.81-dev libwslay-dev liboath-dev libqrencode-dev libbenchmark-dev libgtest-dev libgmock-dev esbuild)
tests=(clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19 iproute2 nftables ethtool procps curl
  openssl socat libnss3-tools coturn chromium firefox-esr python3 python3-aioice python3-aiortc python3-openssl python3-websockets golang-go
  golang-github-pion-webrtc.v3-dev libnice-dev libglib2.0-dev libzbar-dev sqlite3 nginx-light libnginx-mod-stream haproxy caddy libfaketime)

wanted=("${build[@]}")
[ "${1:-}" = tests ] && wanted+=("${tests[@]}")

# Node comes from Debian unless some other distribution of it is there already: the two do not mix.
if [ "${1:-}" = tests ] && ! command -v npm >/dev/null; then wanted+=(nodejs npm); fi

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "deps: installing ${missing[*]}" >&2
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
