#!/usr/bin/env bash
# Runs every test against the real peers and ends with one line: N passed, N failed.
# Arguments are handed to `dotnet test`, for example: bash tests/run.sh --filter Journal
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

bash tests/peers/install.sh || { echo "The peers could not be installed."; echo "0 passed, 1 failed"; exit 1; }
# A test whose peer is missing must fail here, not be skipped.
export PIPELINE_REQUIRE_PEERS=1

dotnet build Pipeline.sln -c Release --nologo -v q || { echo "The build failed."; echo "0 passed, 1 failed"; exit 1; }

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
# A test that never ends is named and ended instead of using up the time of all.
hang=(--blame-hang-timeout 10m --blame-hang-dump-type none)
# One project after the other: the machine has two cores, and several suites start servers of their own.
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  dotnet test "$project" -c Release --no-build --nologo -v q "${hang[@]}" --logger "console;verbosity=minimal" --logger "trx;LogFileName=$name.trx" --results-directory "$results" "$@" || status=1
done

count() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters [^>]*" | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'; }
passed=$(count passed)
failed=$(( $(count total) - passed ))
# A project that broke before it counted anything is a failure too.
[ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
[ "$passed" -eq 0 ] && failed=$(( failed + 1 ))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
