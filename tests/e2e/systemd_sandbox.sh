#!/bin/sh
# usage: systemd_sandbox.sh USER FOLDER COMMAND...
# Runs a command like systemd with User=, ProtectSystem=strict,
# StateDirectory=, NoNewPrivileges= and an empty CapabilityBoundingSet=: only
# FOLDER is writable, which must be below $TMPDIR.
set -eu
user=$1 folder=$2
shift 2
if [ -z "${CONFINED-}" ]; then
  export CONFINED=1
  exec unshare --mount --propagation private "$0" "$user" "$folder" "$@"
fi
unset CONFINED

# Inside the namespace, other users can reach the folder.
exec 3<"$folder"
mount -t tmpfs -o mode=755 tmpfs "$TMPDIR"
mkdir -p "$folder"
mount --no-canonicalize --bind /proc/self/fd/3 "$folder"
exec 3<&-

while read -r _ _ _ _ place _; do
  case $place in
    "$folder" | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) ;;
    *) mount -o remount,bind,ro "$place" ;;
  esac
done </proc/self/mountinfo

exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
  --inh-caps=-all --bounding-set=-all --pdeathsig KILL "$@"
