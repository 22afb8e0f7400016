#!/usr/bin/env bash
# What an administrator does who installs the downloaded ncgate as a service of systemd, as docs/operate.md says, and what
# systemd makes of it. It changes the machine that it runs on: packaging/fresh-debian.sh runs it in one of its own.
#
#   packaging/service-path.sh ARCHIVE
set -euo pipefail
archive=$(realpath "${1:?the archive that cargo xtask dist made}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/steps.sh"
cd "$(mktemp -d)"
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT
refuse() { echo "$*" >&2; exit 1; }
as_ncgate() { runuser -u ncgate -- env NCGATE_STATE=/var/lib/ncgate "$@"; }
property() { systemctl show --value --property "$1" ncgate; }

step "unpack" tar -xzf "$archive" --strip-components=1
install_it() {
  cp ncgate /usr/local/bin/ncgate
  useradd --system --home-dir /var/lib/ncgate --shell /usr/sbin/nologin ncgate
  cp deploy/ncgate.service /etc/systemd/system/
  mkdir /etc/ncgate
  echo NCGATE_LISTEN=127.0.0.1:8080 >/etc/ncgate/environment
}
step "binary, user, unit, settings" install_it
step "systemd-analyze verify" systemd-analyze verify /etc/systemd/system/ncgate.service
[[ -z $said ]] || refuse "systemd finds fault with the unit"
exposure() { systemd-analyze security --no-pager --threshold=20 ncgate.service | tail -n 1; }
# The unit is of type notify, so this is over when the gateway says that it is ready.
step "systemctl enable --now ncgate" systemctl enable --quiet --now ncgate
step "systemd-analyze security" exposure

# What the kernel says of it.
status=/proc/$(property MainPID)/status
[[ $(awk '/^Uid:/{ print $2 }' "$status") == "$(id -u ncgate)" ]] || refuse "it runs as somebody else"
[[ $(awk '/^CapEff:/{ print $2 }' "$status") =~ ^0+$ ]] || refuse "it has capabilities"
grep -q '^Seccomp:.2$' "$status" || refuse "it may make any system call"

up "an emulated N-central" upstream.json ./ncgate emulator --listen 127.0.0.1:0 >/dev/null
connect() { member jwt <upstream.json | as_ncgate ncgate connect "$(member url <upstream.json)" --name main; }
step "connect" connect
step "make a key for an agent" as_ncgate ncgate key create --name first-agent --kind agent
key=$(member secret <<<"$said")
relay() { NCGATE_URL=http://127.0.0.1:8080 NCGATE_KEY=$key ncgate mcp; }
step "the first call of an agent, over MCP" first_call relay
names_the_file_server
step "systemctl restart ncgate" systemctl restart ncgate
step "another call with the same key" first_call relay
names_the_file_server
step "systemctl stop ncgate" systemctl stop ncgate
[[ $(property Result) == success && $(property ExecMainStatus) == 0 ]] || refuse "it did not end well"
others=$(find /var/lib/ncgate ! -user ncgate -o -perm /077)
[[ -z $others ]] || refuse "not the user's alone: $others"
printf '\nthe service keeps what its unit says\n'
