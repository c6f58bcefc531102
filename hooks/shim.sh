#!/bin/sh
# git-tend hook @VERSION@: @EVENT@. Made by `git tend install-hooks`, removed by `git tend uninstall-hooks`.
tend=@PROGRAM@
missing=@MISSING@
before=${0%/*}.tend-prev/@EVENT@

if [ "$TEND" != 0 ]; then
  [ -x "$tend" ] && exec "$tend" hook --shim "$0" @EVENT@ "$@"
  command -v git-tend >/dev/null 2>&1 && exec git-tend hook --shim "$0" @EVENT@ "$@"
  echo "tend: @EVENT@ does nothing: git-tend is neither $tend nor in PATH ($PATH)" >&2
else
  missing=open
fi
[ -x "$before" ] && { "$before" "$@" || exit; }
[ "$missing" = open ]
