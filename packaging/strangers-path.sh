#!/usr/bin/env bash
# What somebody does who has just downloaded ncgate: unpack, serve, connect, make a key, let an agent ask something. Each
# step is the command that the documentation shows, with what it said and how long it took. N-central is the built-in
# emulator, everything lies in a directory that is thrown away.
#
#   packaging/strangers-path.sh target/release-files/ncgate-0.1.0-x86_64-linux.tar.gz
set -euo pipefail
archive=$(realpath "${1:?the archive that cargo xtask dist made}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/steps.sh"
place=$(mktemp -d)
# shellcheck disable=SC2317
leave() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$place"
}
trap leave EXIT
cd "$place"
# Nothing of this machine but the archive.
export HOME=$place PATH=/usr/bin:/bin
unset "${!NCGATE_@}" XDG_STATE_HOME
export NCGATE_LOG=warn

start=$(date +%s%N)
step "unpack" tar -xzf "$archive" --strip-components=1
step "see that it runs" ./ncgate --version
# Not a step of a stranger with an N-central: what stands in for it here.
up "an emulated N-central" upstream.json ./ncgate emulator --listen 127.0.0.1:0 >/dev/null
up "serve" gateway.json ./ncgate serve --listen 127.0.0.1:0
connect() { member jwt <upstream.json | ./ncgate connect "$(member url <upstream.json)" --name main; }
step "connect" connect
step "make a key for an agent" ./ncgate key create --name first-agent --kind agent
NCGATE_KEY=$(member secret <<<"$said")
export NCGATE_KEY
NCGATE_URL=$(member url <gateway.json)
export NCGATE_URL
step "the first call of an agent, over MCP" first_call ./ncgate mcp
names_the_file_server
step "see that all is well" ./ncgate healthcheck
printf '\nfrom the archive to the first answer: %d ms\n' $((($(date +%s%N) - start) / 1000000))
