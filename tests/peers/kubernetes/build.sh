#!/usr/bin/env bash
# Builds the Kubernetes control plane that the tests run against, once per machine, from the distribution's
# source package: no package has the server programs. Does nothing when they are there.
set -euo pipefail

version=1.20.2
programs=(kube-apiserver kube-scheduler kube-controller-manager kubectl)
go_root=/usr/lib/go-1.19
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pipeline-tests"
out="$cache/kubernetes-$version"

built() { for name in "${programs[@]}"; do [ -x "$out/$name" ] || return 1; done; }

missing=()
command -v etcd >/dev/null || missing+=(etcd-server)
if ! built; then
  [ -x "$go_root/bin/go" ] || missing+=(golang-1.19-go)
  command -v gcc >/dev/null || missing+=(gcc libc6-dev)
  command -v make >/dev/null || missing+=(make)
  command -v rsync >/dev/null || missing+=(rsync)
  command -v dpkg-source >/dev/null || missing+=(dpkg-dev)
fi
if [ ${#missing[@]} -gt 0 ]; then
  root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  export DEBIAN_FRONTEND=noninteractive
  "${root[@]}" apt-get update -qq
  "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
built && exit

mkdir -p "$out"
# Whoever comes while another builds waits, and finds the work done.
exec 9>"$cache/kubernetes-$version.lock"
flock 9
built && exit

# In the cache folder, so that moving a finished program is one step on one file system. What a killed build left goes first.
rm -rf "$cache"/kubernetes-build.*
work=$(mktemp -d "$cache/kubernetes-build.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The machine's own package sources, asked for source packages, with lists of their own: nothing under /etc/apt changes.
mkdir -p "$work/sources" "$work/lists/partial" "$work/archives/partial"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ ! -f "$file" ] || sed -nE 's/^deb[[:space:]]/deb-src /p' "$file" >"$work/sources/$(basename "$file" .list).list"
done
for file in /etc/apt/sources.list.d/*.sources; do
  [ ! -f "$file" ] || sed -E 's/^Types:.*/Types: deb-src/' "$file" >"$work/sources/$(basename "$file")"
done
apt=(apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" -o Dir::State::Lists="$work/lists"
     -o Dir::Cache="$work" -o Dir::Cache::Archives="$work/archives" -o APT::Sandbox::User="$(id -un)")
"${apt[@]}" update
(cd "$work" && "${apt[@]}" source --download-only kubernetes)
tar -xzf "$work"/kubernetes_*.orig.tar.gz -C "$work"
[ -d "$work/kubernetes-$version" ] || { echo "The source package is not that of Kubernetes $version." >&2; exit 1; }

# The reflection library of this version calls the Go runtime as it was before Go 1.18, and the first custom resource would crash the API
# server. The distribution has the next version of the library.
(cd "$work" && apt-get download -qq -o APT::Sandbox::User="$(id -un)" golang-github-modern-go-reflect2-dev && dpkg-deb -x golang-github-modern-go-reflect2-dev_*.deb reflect2)
rm "$work/kubernetes-$version"/vendor/github.com/modern-go/reflect2/*.{go,s}
cp "$work"/reflect2/usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$work/kubernetes-$version/vendor/github.com/modern-go/reflect2/"

export GOPATH="$work/go" GOCACHE="$work/go-cache" GO111MODULE=off GOFLAGS="" PATH="$go_root/bin:$PATH"
mkdir -p "$GOPATH/src/k8s.io"
ln -s "$work/kubernetes-$version" "$GOPATH/src/k8s.io/kubernetes"
cd "$GOPATH/src/k8s.io/kubernetes"
make generated_files >"$work/generated.log" 2>&1 || { tail -n 50 "$work/generated.log" >&2; exit 1; }

# Outside of a repository the version is v0.0.0-master+…; clients that choose by the server's version need the true one.
flags="-s -w"
for package in component-base/version client-go/pkg/version; do
  name="k8s.io/kubernetes/vendor/k8s.io/$package"
  flags+=" -X $name.gitVersion=v$version -X $name.gitMajor=1 -X $name.gitMinor=20"
done
for program in "${programs[@]}"; do
  [ ! -x "$out/$program" ] || continue
  go build -ldflags "$flags" -o "$work/$program" "k8s.io/kubernetes/cmd/$program"
  mv "$work/$program" "$out/$program"
done
