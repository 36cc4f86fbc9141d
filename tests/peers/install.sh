#!/usr/bin/env bash
# Installs the real programs that the tests talk to. Does nothing when they are there.
set -euo pipefail

missing=()
command -v prometheus-alertmanager >/dev/null || missing+=(prometheus-alertmanager)
command -v chromium >/dev/null || missing+=(chromium)
# gRPC clients: the C core's Python, and Node's own (below).
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v protoc >/dev/null || missing+=(protobuf-compiler)
[ -d /usr/share/grpc-proto ] || missing+=(grpc-proto)
[ -d /usr/lib/python3/dist-packages/grpc ] || missing+=(python3-grpcio python3-protobuf)

if [ ${#missing[@]} -gt 0 ]; then
  root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  export DEBIAN_FRONTEND=noninteractive
  "${root[@]}" apt-get update -qq
  "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

grpc_js="${XDG_CACHE_HOME:-$HOME/.cache}/pipeline-tests/grpc-js"
if [ ! -f "$grpc_js/node_modules/@grpc/grpc-js/package.json" ]; then
  mkdir -p "$grpc_js"
  npm install --prefix "$grpc_js" --no-audit --no-fund --silent @grpc/grpc-js@1.14.7 @grpc/proto-loader@0.8.1
fi

bash "$(dirname "$0")/kubernetes/build.sh"
