#!/usr/bin/env bash
# Runs the image that packaging/Containerfile describes, without an engine to build it: puts together the files of its
# last stage from the archive, and starts entry point and health check as the image says and as an engine would: as the
# image's user, in a root that is mounted read-only with nothing else in it, without capabilities, with the volume as the
# only place to write to. Then it looks whether that promise is kept, and makes a first call through it.
#
#   sudo packaging/run-image.sh ARCHIVE
#
# N-central is the built-in emulator, in a process beside it. Mounts, processes and network are its own, and go with it.
set -euo pipefail
[[ $# == 1 ]] || { sed -n 's/^#   sudo/sudo/p' "$0" >&2; exit 2; }
[[ $(id -u) == 0 ]] || { echo "an image's root is put together by root: run it with sudo" >&2; exit 2; }
if [[ -z ${RUN_IMAGE_PLACE:-} ]]; then
  # Nothing is ever mounted below it as seen from here; what happens in there ends with its first process.
  RUN_IMAGE_PLACE=$(mktemp -d)
  export RUN_IMAGE_PLACE
  trap 'rm -rf --one-file-system "$RUN_IMAGE_PLACE"' EXIT
  unshare --mount --pid --mount-proc --fork --kill-child --net "$0" "$1"
  exit
fi
here=$(realpath "$(dirname "$0")")
archive=$(realpath "$1")
place=$RUN_IMAGE_PLACE
# shellcheck source-path=SCRIPTDIR
. "$here/steps.sh"
ip link set lo up

# What the file says, from its last FROM on: one instruction a line.
stage=$(sed -e ':join' -e '/\\$/{N;s/\\\n//;b join' -e '}' "$here/Containerfile" |
  awk '/^FROM /{ text = "" } !/^#/{ text = text $0 "\n" } END { printf "%s", text }')
said() { # the rest of the one line that begins with this instruction
  sed -n "s/^$1 *//p" <<<"$stage"
}
words() { sed -E 's/[][",]+/ /g'; } # a JSON array of plain words
read -ra entry <<<"$(said ENTRYPOINT | words)"
read -ra command <<<"$(said CMD | words)"
read -ra health <<<"$(said HEALTHCHECK | sed 's/.*CMD//' | words)"
read -ra variables <<<"$(said ENV)"
volume=$(said VOLUME | words | tr -d ' ')
user=$(said USER)

# The files of the first stage that the last one copies, where it looks for them.
mkdir -p "$place/files/unpacked" "$place/files/etc/ssl/certs" "$place/image"
tar -xzf "$archive" -C "$place/files/unpacked"
mv "$place"/files/unpacked/ncgate-* "$place/files/unpacked/ncgate"
cp -L /etc/ssl/certs/ca-certificates.crt "$place/files/etc/ssl/certs/"
mkdir --mode=0700 "$place/files/state"
while read -r line; do
  owner=0:0 parts=()
  for word in $line; do
    case $word in
    --from=files) ;;
    --chown=*) owner=${word#--chown=} ;;
    *) parts+=("$word") ;;
    esac
  done
  to=$place/image${parts[-1]}
  # A path that ends in a slash is a folder to copy into, as it is for an engine.
  if [[ $to == */ ]]; then mkdir -p "$to"; else mkdir -p "$(dirname "$to")"; fi
  for from in "${parts[@]:0:${#parts[@]}-1}"; do cp -a "$place/files$from" "$to"; done
  chown -R "$owner" "$to"
done < <(said COPY)
printf 'the image: %s, %d files\n' "$(du -sh "$place/image" | cut -f1)" "$(find "$place/image" -type f | wc -l)"

# Read-only, but for the volume; an engine adds /proc and /dev.
mkdir -p "$place/volume" "$place/image/proc" "$place/image/dev"
cp -a "$place/image$volume/." "$place/volume/"
chown --reference="$place/image$volume" "$place/volume"
chmod --reference="$place/image$volume" "$place/volume"
mount --bind "$place/image" "$place/image"
mount --bind "$place/volume" "$place/image$volume"
mount -t proc proc "$place/image/proc"
mount -t tmpfs -o mode=0755 tmpfs "$place/image/dev"
for device in null zero full random urandom; do
  touch "$place/image/dev/$device"
  mount --bind "/dev/$device" "$place/image/dev/$device"
done
mount -o remount,ro,bind "$place/image/dev"
mount -o remount,ro,bind "$place/image"

# The image's variables, the PATH that every engine sets, and nothing else; the image's user, who can't become another.
inside() { # more variables, then `--`, then the command
  local more=()
  while [[ $1 != -- ]]; do more+=("$1") && shift; done
  shift
  env -i "${variables[@]}" "${more[@]}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ \
    setpriv --no-new-privs --inh-caps=-all chroot --userspec="$user" --groups= "$place/image" "$@"
}
serve() { inside "$@" -- "${entry[@]}" "${command[@]}"; }
ask() { inside -- "${entry[@]}" "$@"; } # as `podman exec NAME /ncgate …` does
healthy() { inside "$@" -- "${health[@]}"; } # maybe with a variable
connect() { member jwt <upstream.json | ask connect "$(member url <upstream.json)" --name main; }
the_gateway() { pgrep --parent "${pids[-1]}" --exact ncgate || echo "${pids[-1]}"; }
refuse() { echo "$*" >&2; exit 1; }

cd "$place"
variables+=(NCGATE_LOG=warn)
up "an emulated N-central" upstream.json files/unpacked/ncgate/ncgate emulator --listen 127.0.0.1:0 >/dev/null
if healthy NCGATE_LOG=off >/dev/null 2>&1; then refuse "healthy before anything runs"; fi
up "entry point" gateway.json serve
step "health check" healthy

# What it runs as, in the words of the kernel.
gateway=/proc/$(the_gateway)
ids=$(awk '/^(Uid|Gid):/{ print $2, $3, $4, $5 }' "$gateway/status" | xargs)
own=${user%:*} group=${user#*:}
[[ $ids == "$own $own $own $own $group $group $group $group" ]] || refuse "it runs as $ids"
[[ $(awk '/^Cap(Prm|Eff|Amb):/{ print $2 }' "$gateway/status" | sort -u) =~ ^0+$ ]] || refuse "it has capabilities"
grep -q '^NoNewPrivs:.1$' "$gateway/status" || refuse "it can gain privileges"
if touch "$place/image/written" 2>/dev/null; then refuse "its root can be written to"; fi

step "connect" connect
step "make a key for an agent" ask key create --name first-agent --kind agent
key=$(member secret <<<"$said")
relay() { inside "NCGATE_KEY=$key" NCGATE_URL=http://127.0.0.1:8080 -- "${entry[@]}" mcp; }
step "the first call of an agent, over MCP" first_call relay
names_the_file_server
others=$(find "image$volume" ! -uid "$own" -o -perm /077)
[[ -z $others ]] || refuse "not the user's alone: $others"

stop() {
  kill -TERM "$(the_gateway)"
  wait "${pids[-1]}" || refuse "it ended with $?"
}
stop
printf '\nended by SIGTERM, with 0\n'
# As a node behind a proxy, on the volume that is there already.
public=NCGATE_PUBLIC_URL=https://ncgate.example.com
up "entry point again, with a public address" gateway.json serve "$public"
step "health check" healthy "$public"
step "another call with the same key" first_call relay
names_the_file_server
stop
printf '\nthe image keeps what its definition says\n'
